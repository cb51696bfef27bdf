import type { IntegerProgram } from '../problem/integer-program.ts';
import { writeText } from './file.ts';

/** An integer program in free MPS format, piece by piece. Coefficients are written so that they read back exactly. */
export function* mpsText(program: IntegerProgram, comments: readonly string[]): Generator<string> {
  const { names, cost, isBinary, rowNames, starts, variables, coefficients, lower, upper } = program;
  for (const comment of comments) yield `* ${comment}\n`;
  yield 'NAME rcprune\nROWS\n N cost\n';
  const isRange = (r: number) => lower[r]! > -Infinity && upper[r]! < Infinity && lower[r] !== upper[r];
  for (const [r, name] of rowNames.entries()) {
    yield ` ${lower[r] === upper[r] ? 'E' : lower[r]! > -Infinity ? 'G' : 'L'} ${name}\n`;
  }
  yield 'COLUMNS\n';
  const { places, rows } = byVariable(names.length, starts, variables);
  for (const binary of [1, 0]) {
    if (binary === 1) yield " MARKER 'MARKER' 'INTORG'\n";
    for (let k = 0; k < names.length; k++) {
      if (isBinary[k] !== binary) continue;
      yield ` ${names[k]} cost ${cost[k]}\n`;
      for (let t = places.starts[k]!; t < places.starts[k + 1]!; t++) {
        yield ` ${names[k]} ${rowNames[rows[t]!]} ${coefficients[places.entries[t]!]}\n`;
      }
    }
    if (binary === 1) yield " MARKER 'MARKER' 'INTEND'\n";
  }
  yield 'RHS\n';
  for (const [r, name] of rowNames.entries()) yield ` RHS ${name} ${lower[r]! > -Infinity ? lower[r] : upper[r]}\n`;
  yield 'RANGES\n';
  for (const [r, name] of rowNames.entries()) if (isRange(r)) yield ` RANGE ${name} ${upper[r]! - lower[r]!}\n`;
  yield 'BOUNDS\n';
  for (const name of names) yield ` UP BOUND ${name} 1\n`;
  yield 'ENDATA\n';
}

/** The entries of the rows, sorted by variable: their places and their rows. */
function byVariable(count: number, rowStarts: Int32Array, variables: Int32Array) {
  const starts = new Int32Array(count + 1);
  for (const variable of variables) starts[variable + 1]!++;
  for (let k = 0; k < count; k++) starts[k + 1]! += starts[k]!;
  const next = starts.slice(0, count);
  const entries = new Int32Array(variables.length);
  const rows = new Int32Array(variables.length);
  for (let r = 0; r + 1 < rowStarts.length; r++) {
    for (let t = rowStarts[r]!; t < rowStarts[r + 1]!; t++) {
      const place = next[variables[t]!]!++;
      entries[place] = t;
      rows[place] = r;
    }
  }
  return { places: { starts, entries }, rows };
}

/** Writes a program in MPS format. @throws RcpruneError when the file cannot be written */
export async function writeMps(file: string, program: IntegerProgram, comments: readonly string[]): Promise<void> {
  await writeText(file, mpsText(program, comments));
}
