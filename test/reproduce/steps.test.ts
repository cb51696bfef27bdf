import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { codeVersion } from '../../paper-artifacts/reproduce/code-version.ts';
import { runStep, type Settings } from '../../paper-artifacts/reproduce/run-steps.ts';
import { STEPS, type Step } from '../../paper-artifacts/reproduce/steps.ts';
import { parseTable, writeTable } from '../../paper-artifacts/reproduce/tables.ts';
import { makeRandom } from '../../src/index.ts';
import { temporaryFolder } from '../temporary.ts';

/*
 * `npm run reproduce` as a program: interrupted, robbed of its files, asked wrongly. The steps are real ones, with a few cells
 * each.
 */

const PROGRAM = fileURLToPath(new URL('../../paper-artifacts/reproduce.ts', import.meta.url));
const STEPS_HERE = ['laws', 'tight-families'];
/** For what takes some seconds of processor time, on a busy machine. */
const PATIENCE = 900_000;
const inFolder = temporaryFolder();

/** In a process group of its own, so that all of it can be killed. */
function start(out: string, ...more: string[]): ChildProcess {
  const args = ['--import', 'tsx', PROGRAM, '--out', out, '--smoke', '--only', STEPS_HERE.join(','), ...more];
  return spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
}

const ended = (child: ChildProcess) =>
  new Promise<{ code: number | null; text: string }>((resolve) => {
    let text = '';
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data) => (text += data));
    child.once('close', (code) => resolve({ code, text }));
  });

async function run(out: string, ...more: string[]): Promise<string> {
  const { code, text } = await ended(start(out, ...more));
  expect(code, text).toBe(0);
  return text;
}

/** Every file but what is kept of the work, by its name. */
function contents(out: string): Record<string, string> {
  const files = readdirSync(out, { recursive: true, encoding: 'utf8', withFileTypes: true });
  const own = files.filter((entry) => entry.isFile() && !entry.parentPath.includes('.work'));
  return Object.fromEntries(
    own
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [path.relative(out, file), readFileSync(file).toString('base64')]),
  );
}

const whole = (async () => {
  const out = inFolder('whole');
  await run(out);
  return { out, files: contents(out) };
})();

describe('npm run reproduce', () => {
  it('restores any file that is deleted or changed, from what it keeps and from nothing', {
    timeout: PATIENCE,
  }, async () => {
    const { out, files } = await whole;
    expect(Object.keys(files)).toHaveLength(2 * STEPS_HERE.length);
    expect(await run(out)).toMatch(/laws.*unchanged/);
    const names = Object.keys(files).map((name) => path.join(out, name));
    rmSync(names[0]!);
    writeFileSync(names[3]!, 'other bytes');
    expect(await run(out)).not.toContain('unchanged');
    expect(contents(out)).toEqual(files);
    rmSync(path.join(out, '.work'), { recursive: true });
    rmSync(names[1]!);
    await run(out);
    expect(contents(out)).toEqual(files);
  });

  it('killed at any moment, goes on to the same bytes and measures nothing twice', { timeout: PATIENCE }, async () => {
    const { files } = await whole;
    const out = inFolder('killed');
    const random = makeRandom(7, 'kills');
    const log = path.join(out, '.work', 'laws.jsonl');
    const linesNow = () =>
      existsSync(log)
        ? readFileSync(log, 'utf8')
            .split('\n')
            .filter((line) => line.endsWith('}'))
        : [];
    const seen = new Set<string>();
    let kills = 0;
    // Once while it starts, then as soon as another one or two cells are measured, and a random moment later.
    for (let least = 0; kills < 4; least += 1 + random.integer(2)) {
      const child = start(out);
      const isGone = new Promise((resolve) => child.once('exit', resolve));
      const poll = setInterval(() => {
        if (child.exitCode !== null || linesNow().length < least) return;
        clearInterval(poll);
        setTimeout(() => {
          if (child.exitCode !== null) return;
          kills++;
          // Every second time only the program, so that a measurement is left behind at work.
          process.kill(kills % 2 === 0 ? child.pid! : -child.pid!, 'SIGKILL');
        }, 60 * random.uniform());
      }, 5);
      await isGone;
      clearInterval(poll);
      for (const line of linesNow()) seen.add(line);
      if (child.exitCode === 0) break;
    }
    expect(kills).toBeGreaterThan(0);
    await run(out);
    expect(contents(out)).toEqual(files);
    const lines = linesNow();
    expect(new Set(lines).size).toBe(lines.length);
    for (const line of seen) expect(lines).toContain(line);
  });

  it('takes a line that was cut short for none', { timeout: PATIENCE }, async () => {
    const { files } = await whole;
    const out = inFolder('cut');
    cpSync((await whole).out, out, { recursive: true });
    const log = path.join(out, '.work', 'laws.jsonl');
    const text = readFileSync(log, 'utf8');
    writeFileSync(log, text.slice(0, Math.floor(text.length / 2)));
    rmSync(path.join(out, 'results'), { recursive: true });
    await run(out);
    expect(contents(out)).toEqual(files);
    expect(readFileSync(log, 'utf8')).toBe(text);
  });

  it('says in one line what it does not understand', { timeout: PATIENCE }, async () => {
    for (const [flags, message] of [
      [['--only', 'nothing'], /^--only: expected one of .*, got nothing$/],
      [['--only', 'anneal-experiment'], /^--only: expected --full, got anneal-experiment, 90 minutes$/],
    ] as const) {
      const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...flags], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const { code, text } = await ended(child);
      expect(code).toBe(2);
      expect(text.trim()).toMatch(message);
    }
  });
});

describe('a step', () => {
  const settings = (out: string): Settings => ({ out, isSmoke: true, workFolder: path.join(out, '.work') });
  const step = (more: Partial<Step>): Step => ({
    ...{ name: 'step', what: '', mode: 'quick', minutes: 0, command: [], inputs: [], outputs: [], clocked: [] },
    ...more,
  });

  it('runs again when its input, its code or what its code reads has changed, and only then', {
    timeout: 60_000,
  }, async () => {
    const out = inFolder('step');
    mkdirSync(out);
    const script = path.join(out, 'step.ts');
    const file = (name: string) => path.join(out, name);
    writeFileSync(file('data.txt'), 'data');
    writeFileSync(file('input.txt'), 'input');
    writeFileSync(file('other.ts'), 'export const more = 1;\n');
    writeFileSync(
      script,
      `import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
       import { more } from './other.ts';
       const data = readFileSync(new URL('./data.txt', import.meta.url), 'utf8');
       const input = readFileSync(new URL(\`./\${'input.txt'}\`, import.meta.url), 'utf8');
       writeFileSync(new URL(\`./\${'output.txt'}\`, import.meta.url), data + input + more);
       appendFileSync(new URL(\`./\${'runs.txt'}\`, import.meta.url), 'x');`,
    );
    const home = 'paper-artifacts';
    const own = step({ command: [script], inputs: [`${home}/input.txt`], outputs: [`${home}/output.txt`] });
    const runs = () => readFileSync(file('runs.txt'), 'utf8').length;
    const outcome = async () => {
      const { state, files } = await runStep(own, settings(out));
      return [state, files[0]!.outcome];
    };
    expect(await outcome()).toEqual(['done', 'new']);
    expect(await outcome()).toEqual(['unchanged', 'as before']);
    for (const [name, text] of [
      ['input.txt', 'another'],
      ['data.txt', 'another'],
      ['other.ts', 'export const more = 2;\n'],
    ] as const) {
      writeFileSync(file(name), text);
      expect(await outcome()).toEqual(['done', 'changed']);
      expect(await outcome()).toEqual(['unchanged', 'as before']);
    }
    writeFileSync(file('unrelated.txt'), '');
    expect(await outcome()).toEqual(['unchanged', 'as before']);
    expect(runs()).toBe(4);
    expect(readFileSync(file('output.txt'), 'utf8')).toBe('anotheranother2');
  });

  it('whose input is missing fails, and so does one whose command fails', { timeout: PATIENCE }, async () => {
    const out = inFolder('failing');
    mkdirSync(out);
    const missing = step({ command: ['package.json'], inputs: ['paper-artifacts/none.csv'] });
    expect((await runStep(missing, settings(out))).state).toBe('failed');
    writeFileSync(path.join(out, 'fails.ts'), 'process.exit(3);\n');
    expect((await runStep(step({ command: [path.join(out, 'fails.ts')] }), settings(out))).state).toBe('failed');
  });

  it('of every name is one; each reads what the repository has or an earlier step writes', () => {
    expect(new Set(STEPS.map(({ name }) => name)).size).toBe(STEPS.length);
    const written = new Set<string>();
    for (const { inputs, outputs, clocked, command } of STEPS) {
      expect(existsSync(new URL(`../../${command[0]}`, import.meta.url)), command[0]).toBe(true);
      for (const file of inputs) {
        expect(written.has(file) || existsSync(new URL(`../../${file}`, import.meta.url)), file).toBe(true);
      }
      for (const file of [...outputs, ...clocked]) written.add(file);
    }
  });
});

describe('the version of code', () => {
  it('is that of every file it reaches and of no other', () => {
    const version = (name: string) => codeVersion(path.join(path.dirname(PROGRAM), '..', name));
    const laws = 'paper-artifacts/reproduce/measure/laws.ts';
    expect(version(laws)).toBe(version(laws));
    expect(version(laws)).not.toBe(version('paper-artifacts/reproduce/measure/bounds.ts'));
  });
});

describe('tables', () => {
  it('are the same as CSV and as Parquet, whatever the cells', async () => {
    const rows = [
      { method: 'a, "b"\nc', count: 3, share: 0.1, exact: 1e-300, isGood: true, none: null, mixed: '' },
      { method: '', count: -7, share: -2.5e10, exact: 2 ** 53, isGood: false, none: null, mixed: '1e5' },
      { method: 'ü', count: null, share: null, exact: null, isGood: null, none: null, mixed: 'x' },
    ];
    const file = inFolder('table');
    await writeTable(file, rows);
    const table = parseTable(readFileSync(`${file}.csv`, 'utf8'));
    const expected = rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === '' ? null : value])),
    );
    expect(table.rows).toEqual(expected);
    expect(table.columns.map(({ type }) => type)).toEqual([
      'STRING',
      'INT32',
      'DOUBLE',
      'DOUBLE',
      'BOOLEAN',
      'STRING',
      'STRING',
    ]);
    const bytes = readFileSync(`${file}.parquet`);
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    expect(await parquetReadObjects({ file: buffer })).toEqual(expected);
  });
});
