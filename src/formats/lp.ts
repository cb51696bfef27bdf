import type { IntegerProgram } from '../problem/integer-program.ts';
import { writeText } from './file.ts';

/** Terms that fit a line of every reader. */
const TERMS_A_LINE = 8;

/** An integer program in CPLEX LP format, piece by piece. Coefficients are written so that they read back exactly. */
export function* lpText(program: IntegerProgram, comments: readonly string[]): Generator<string> {
  const { names, cost, isBinary, rowNames, starts, variables, coefficients, lower, upper } = program;
  for (const comment of comments) yield `\\ ${comment}\n`;
  yield 'Minimize\n cost:';
  let terms = 0;
  for (let k = 0; k < names.length; k++) if (cost[k] !== 0) yield term(cost[k]!, names[k]!, terms++);
  if (terms === 0) yield ` 0 ${names[0]}`; // an objective without terms is no objective to some readers
  yield '\nSubject To\n';
  for (const [r, name] of rowNames.entries()) {
    const [least, most] = [lower[r]!, upper[r]!];
    const sides =
      least === most
        ? [['', '=', least]]
        : [least > -Infinity ? ['', '>=', least] : null, most < Infinity ? ['_most', '<=', most] : null];
    for (const side of sides) {
      if (side === null) continue;
      yield ` ${name}${least > -Infinity ? side[0] : ''}:`;
      for (let t = starts[r]!; t < starts[r + 1]!; t++)
        yield term(coefficients[t]!, names[variables[t]!]!, t - starts[r]!);
      yield ` ${side[1]} ${side[2]}\n`;
    }
  }
  yield 'Bounds\n';
  for (let k = 0; k < names.length; k++) if (isBinary[k] === 0) yield ` 0 <= ${names[k]} <= 1\n`;
  yield 'Binaries\n';
  for (let k = 0; k < names.length; k++) if (isBinary[k] === 1) yield ` ${names[k]}\n`;
  yield 'End\n';
}

function term(coefficient: number, name: string, place: number): string {
  const lineBreak = place > 0 && place % TERMS_A_LINE === 0 ? '\n ' : '';
  return `${lineBreak} ${coefficient < 0 ? '-' : '+'} ${Math.abs(coefficient)} ${name}`;
}

/** Writes a program in LP format. @throws RcpruneError when the file cannot be written */
export async function writeLp(file: string, program: IntegerProgram, comments: readonly string[]): Promise<void> {
  await writeText(file, lpText(program, comments));
}
