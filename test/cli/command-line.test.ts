import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_METHOD } from '../../src/cli/method-option.ts';
import { generate } from '../../src/families/index.ts';
import { readMasks, readPruning, writeInstance, writePruning } from '../../src/formats/index.ts';
import { type Instance, makeInstance } from '../../src/problem/index.ts';
import { untilWorked } from '../until.ts';
import { expectRefusal, folder, inFolder, MAIN, run, runJson, spawnProgram, start, startProgram } from './program.ts';

/*
 * The command-line contract, on the compiled program (`npm test` builds it first).
 */

let small: Instance;
beforeAll(async () => {
  small = generate('scaled', { rows: 8, cols: 12, layers: 2, seed: 3 });
  await writeInstance(inFolder('small.json'), small);
  await writeInstance(inFolder('single.safetensors'), generate('half-normal', { rows: 10, cols: 10, seed: 1 }));
  await writeInstance(inFolder('hard.json'), generate('half-normal', { rows: 28, cols: 40, seed: 1 }));
});

describe('generate and info', () => {
  it('writes the same bytes for the same seed, other bytes for another', async () => {
    for (const [name, seed] of [
      ['a', '5'],
      ['b', '5'],
      ['c', '6'],
    ] as const) {
      const { code } = await run(
        'generate',
        'integer',
        '--rows',
        '4',
        '--cols',
        '5',
        '--max',
        '2',
        '--seed',
        seed,
        '-o',
        `${name}.json`,
      );
      expect(code).toBe(0);
    }
    const bytes = (name: string) => readFileSync(inFolder(name), 'utf8');
    expect(bytes('a.json')).toBe(bytes('b.json'));
    expect(bytes('a.json')).not.toBe(bytes('c.json'));
  });

  it('lists the families with their formulas', async () => {
    const { json, code } = await runJson('generate', '--list');
    expect(code).toBe(0);
    const families = json.families as { name: string; formula: string }[];
    expect(families.map(({ name }) => name)).toEqual(expect.arrayContaining(['uniform', 'scaled', 'resnet18']));
    for (const { name, formula } of families) expect(formula, name).toMatch(/w_ij/);
    expect((await run('generate', '--list')).stdout.trimEnd().split('\n')).toHaveLength(families.length);
  });

  it('info tells layers, units and target', async () => {
    await run(
      'generate',
      'uniform',
      '--rows',
      '4',
      '--cols',
      '25',
      '--sparsity',
      '0.07',
      '--seed',
      '1',
      '-o',
      'target.json',
    );
    const { json, code } = await runJson('info', 'target.json');
    expect(code).toBe(0);
    expect(json).toMatchObject({ entries: 100, units: 100, target: 7 }); // 8 if 0.07 were read as a double
    expect((json.layers as object[])[0]).toMatchObject({ name: 'layer0', rows: 4, cols: 25, unitsPerEntry: 1 });
    expect((await run('info', 'target.json')).stdout).toContain('4 x 25');
  });
});

describe('solve and verify', () => {
  it('agree, through files and masks', async () => {
    const solved = await runJson(
      'solve',
      'small.json',
      '--method',
      'residual',
      '--sparsity',
      '0.8',
      '-o',
      'p.json',
      '--masks',
      'm.safetensors',
    );
    expect(solved.code).toBe(0);
    expect(Object.keys(solved.json)).toEqual(
      expect.arrayContaining([
        'method',
        'status',
        'stopReason',
        'target',
        'removed',
        'entries',
        'cost',
        'kept',
        'total',
        'primalBound',
        'dualBound',
        'gap',
        'guarantee',
        'seed',
        'work',
        'seconds',
      ]),
    );
    expect(solved.json).toMatchObject({
      method: 'residual',
      stopReason: 'complete',
      target: 154,
      entries: 192,
      guarantee: 2,
      seed: 1,
    });
    const verified = await runJson('verify', 'small.json', 'p.json');
    expect(verified.code).toBe(0);
    expect(verified.json).toMatchObject({
      valid: true,
      reason: null,
      cost: solved.json.cost,
      kept: solved.json.kept,
      removed: solved.json.removed,
      target: 154,
    });
    const { pruning } = await readPruning(inFolder('p.json'), small);
    expect(await readMasks(inFolder('m.safetensors'), small)).toEqual(pruning);
  });

  it('write the same bytes for the same seed', async () => {
    for (const name of ['r1.json', 'r2.json'])
      await run('solve', 'small.json', '--method', 'random', '--sparsity', '0.5', '--seed', '9', '-o', name);
    expect(readFileSync(inFolder('r1.json'))).toEqual(readFileSync(inFolder('r2.json')));
  });

  it('verify says no, exit 1, to wrong claims and unmet targets', async () => {
    await run('solve', 'small.json', '--method', 'greedy', '--sparsity', '0.5', '-o', 'honest.json');
    const honest = JSON.parse(readFileSync(inFolder('honest.json'), 'utf8'));
    const lies: [string, object, string][] = [
      ['cost', { ...honest, cost: honest.cost * (1 + 2 ** -52) }, 'expected cost'],
      ['hash', { ...honest, instanceHash: '0'.repeat(64) }, 'expected instance hash'],
      ['target', { ...honest, target: 192 }, 'expected at least 192 units'],
    ];
    for (const [name, content, reason] of lies) {
      writeFileSync(inFolder(`lie-${name}.json`), JSON.stringify(content));
      const { code, json } = await runJson('verify', 'small.json', `lie-${name}.json`);
      expect(code, name).toBe(1);
      expect(json.valid).toBe(false);
      expect(json.reason).toContain(reason);
    }
    const { code, stdout, stderr } = await run('verify', 'small.json', 'honest.json', '--sparsity', '0.9');
    expect([code, stdout]).toEqual([1, 'invalid\n']);
    expect(stderr).toMatch(/^verify: expected at least [0-9]+ units removed, got [0-9]+\n$/); // once
    expect((await run('verify', 'small.json', 'honest.json', '--sparsity', '0.1')).code).toBe(0);
  });

  it('take fixed shapes', async () => {
    const { code, json } = await runJson(
      'solve',
      'single.safetensors',
      '--method',
      'enumerate',
      '--shape',
      '3,4',
      '-o',
      's.json',
    );
    expect(code).toBe(0);
    expect(json).toMatchObject({ status: 'optimal', removed: 58, gap: 0, guarantee: 1 });
    expect((await run('verify', 'single.safetensors', 's.json', '--shape', '3,4')).code).toBe(0);
    expect((await run('verify', 'single.safetensors', 's.json', '--shape', '4,3')).code).toBe(1);
  });

  it('print a table for people', async () => {
    const { stdout, code } = await run('solve', 'small.json', '--method', 'alternating', '--sparsity', '0.5');
    expect(code).toBe(0);
    expect(stdout).toMatch(/removed +9[6-9] of 192 units/);
    expect(stdout).toMatch(/kept +[0-9.]+ \([0-9.]+% of the importance\)/);
  });
});

describe('what is asked in other words', () => {
  it('a method in any case; a percentage', async () => {
    const [one, other] = [
      await runJson('solve', 'small.json', '--method', 'Residual-Rows-FIRST', '--sparsity', '7.5%'),
      await runJson('solve', 'small.json', '--method', 'residual-rows-first', '--sparsity', '0.075'),
    ];
    expect(one.json).toMatchObject({ method: 'residual-rows-first', target: 15, cost: other.json.cost });
  });

  it('no method: the default', async () => {
    const { json } = await runJson('solve', 'small.json', '--sparsity', '50%', '--work', '1000');
    expect(json).toMatchObject({ method: DEFAULT_METHOD, guarantee: 2 });
  });

  it('a pruning that is kept nowhere is said so', async () => {
    const args = ['solve', 'small.json', '--method', 'residual', '--sparsity', '0.5'];
    const kept = /the pruning was kept nowhere/;
    expect((await run(...args)).stderr).toMatch(kept);
    for (const more of [['--json'], ['-o', 'kept.json'], ['--masks', 'kept.safetensors']]) {
      expect((await run(...args, ...more)).stderr).not.toMatch(kept);
    }
  });
});

describe('standard input and output', () => {
  const shell = (line: string) => {
    const program = `rcprune() { "${process.execPath}" "${MAIN}" "$@"; }`;
    return start('bash', ['-c', `set -o pipefail; ${program}; ${line}`]).outcome;
  };

  it('takes an instance and a pruning through pipes, and nothing else with them', async () => {
    const { code, stdout, stderr } = await shell(
      'rcprune generate scaled --rows 8 --cols 12 --seed 3 -o - | tee piped.json | rcprune solve - --method residual --sparsity 60% -o -',
    );
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/-: scaled, seed 3/);
    expect(stderr).toMatch(/^removed +[0-9]+ of 96 units/m);
    await run('solve', 'piped.json', '--method', 'residual', '--sparsity', '0.6', '-o', 'unpiped.json');
    expect(stdout).toBe(readFileSync(inFolder('unpiped.json'), 'utf8'));
    expect(existsSync(inFolder('-'))).toBe(false);
    const verified = await shell('rcprune verify piped.json - < unpiped.json');
    expect(verified.stdout, verified.stderr).toMatch(/^valid: /);
  });

  it('takes a graph, and gives a program', async () => {
    const reduced = await shell(
      "printf 'p edge 3 3\\ne 1 2\\ne 1 3\\ne 2 3\\n' | rcprune reduce clique - --size 3 -o - | rcprune info -",
    );
    expect(reduced.code, reduced.stderr).toBe(0);
    expect(reduced.stdout).toMatch(/^target +[0-9]+$/m);
    const exported = await shell('rcprune export small.json --sparsity 0.5 --format lp -o -');
    await run('export', 'small.json', '--sparsity', '0.5', '--format', 'lp', '-o', 'unpiped.lp');
    expect(exported.stdout).toBe(readFileSync(inFolder('unpiped.lp'), 'utf8'));
  });
});

describe('limits, starts and signals', () => {
  it('zero work or time returns the trivial pruning or the start', async () => {
    const trivial = await runJson('solve', 'small.json', '--method', 'residual', '--sparsity', '0.5', '--work', '0');
    expect(trivial).toMatchObject({ code: 0, json: { stopReason: 'workLimit', removed: 192 } });
    await run('solve', 'small.json', '--method', 'greedy', '--sparsity', '0.5', '-o', 'start.json');
    const started = await runJson(
      'solve',
      'small.json',
      '--method',
      'alternating',
      '--sparsity',
      '0.5',
      '--time',
      '0',
      '--start',
      'start.json',
    );
    const greedy = await runJson('solve', 'small.json', '--method', 'greedy', '--sparsity', '0.5');
    expect(started).toMatchObject({ code: 0, json: { stopReason: 'timeLimit', cost: greedy.json.cost } });
    const improved = await runJson(
      'solve',
      'small.json',
      '--method',
      'alternating',
      '--sparsity',
      '0.5',
      '--start',
      'start.json',
    );
    expect(improved.json.cost as number).toBeLessThanOrEqual(greedy.json.cost as number);
  });

  it('a deadline ends a blocking solver with its incumbent', async () => {
    const { code, json, seconds } = await runJson(
      'solve',
      'hard.json',
      '--method',
      'enumerate',
      '--sparsity',
      '0.5',
      '--time',
      '6',
      '-o',
      'late.json',
    );
    expect(code).toBe(0);
    expect(json).toMatchObject({ stopReason: 'timeLimit', status: 'feasible' });
    expect(json.removed as number).toBeLessThan(1120); // an incumbent, not the trivial pruning
    expect(seconds).toBeLessThan(60); // far below the minutes that the whole enumeration takes
    expect((await run('verify', 'hard.json', 'late.json')).code).toBe(0);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends a blocking solver with its incumbent', async (signal) => {
    const { child, outcome } = startProgram(
      ...['solve', 'hard.json', '--method', 'enumerate', '--sparsity', '0.5', '--json'],
    );
    await untilWorked(child.pid!, 2); // it starts in one second, and has its first incumbents in the next
    child.kill(signal);
    const { code, stdout, stderr } = await outcome;
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ stopReason: 'interrupted', status: 'feasible' });
  });

  it('a work limit replays to the same bytes', async () => {
    for (const name of ['w1.json', 'w2.json'])
      await run('solve', 'hard.json', '--method', 'enumerate', '--sparsity', '0.5', '--work', '5000', '-o', name);
    expect(readFileSync(inFolder('w1.json'))).toEqual(readFileSync(inFolder('w2.json')));
  });
});

describe('exit codes 3 and 4', () => {
  beforeAll(async () => {
    const importance = Array.from({ length: 12 }, (_, k) => k);
    await writeInstance(
      inFolder('minima.json'),
      makeInstance([{ name: 'a', rows: 3, cols: 4, importance, minKeptRows: 2 }]),
    );
  });

  it('3: no pruning at all meets the target', async () => {
    const importance = [1, 2, 3, 4];
    await writeInstance(
      inFolder('tied.json'),
      makeInstance([{ name: 'a', rows: 2, cols: 2, importance, minKeptRows: 1, minKeptColumns: 1 }]),
    );
    const { code, json, stderr } = await runJson(
      'solve',
      'tied.json',
      '--method',
      'residual',
      '--target',
      '4',
      '-o',
      'never.json',
    );
    expect(code).toBe(3);
    expect(json).toMatchObject({ status: 'infeasible', cost: null, removed: null, primalBound: null });
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(existsSync(inFolder('never.json'))).toBe(false);
  });

  it('4: this method found none', async () => {
    const { code, json } = await runJson(
      'solve',
      'minima.json',
      '--method',
      'rows-only',
      '--target',
      '8',
      '-o',
      'never.json',
    );
    expect(code).toBe(4);
    expect(json).toMatchObject({ status: 'unknown', cost: null });
    expect(existsSync(inFolder('never.json'))).toBe(false);
    expect((await run('solve', 'minima.json', '--method', 'residual', '--target', '8')).code).toBe(0);
  });
});

describe('a process of its own', () => {
  it.each<[number, string, RegExp]>([
    [0, '--version', /^[0-9]+\.[0-9]+\.[0-9]+\n$/],
    [1, 'verify small.json honest.json --sparsity 0.9', /^verify: /m],
    [2, 'frobnicate', /^rcprune: unknown command 'frobnicate'\n$/],
    [2, 'info .', /^rcprune: /],
    [3, 'solve tied.json --method residual --target 4', /minima that forbid it\n$/],
    [4, 'solve minima.json --method rows-only --target 8', /this method found none\n$/],
  ])('ends with %i of %s, and says why', async (code, command, reason) => {
    const ended = await spawnProgram(...command.split(' '));
    expect(ended.code, ended.stderr).toBe(code);
    expect(ended.stdout + ended.stderr).toMatch(reason);
  });
});

describe('bad input and usage', () => {
  it.each<[string, string[], string | RegExp]>([
    ['an unknown command', ['frobnicate'], 'unknown command'],
    ['an unknown flag', ['info', 'small.json', '--frob'], 'unknown option'],
    ['an unknown method', ['solve', 'small.json', '--method', 'magic', '--sparsity', '0.5'], 'got magic'],
    [
      'a method that looks like two',
      ['solve', 'small.json', '--method', 'resedual', '--sparsity', '0.5'],
      /one of independent .* best, got resedual \(Did you mean residual\?\)/,
    ],
    ['a command that looks like one', ['verfy', 'small.json', 'p.json'], 'Did you mean verify?'],
    ['a percentage without its sign', ['solve', 'small.json', '--sparsity', '93'], 'got "93" (did you mean 93%?)'],
    ['more than all', ['solve', 'small.json', '--sparsity', '100.5%'], 'a decimal from 0 to 1 or a percentage'],
    [
      'masks of another format',
      ['solve', 'small.json', '--sparsity', '0.5', '--masks', 'm.npz'],
      'm.npz: expected a name that ends in .safetensors, got .npz',
    ],
    [
      'a pruning of another format',
      ['solve', 'small.json', '--sparsity', '0.5', '-o', 'p.yaml'],
      'ends in .json, got .yaml',
    ],
    ['a trace of another format', ['solve', 'small.json', '--sparsity', '0.5', '--trace', 't.json'], 'ends in .csv'],
    [
      'an instance of another format',
      ['generate', 'uniform', '--rows', '2', '--cols', '2', '-o', 'g.npz'],
      'ends in .json or .safetensors',
    ],
    [
      'a program of another format',
      ['export', 'small.json', '--sparsity', '0.5', '--format', 'lp', '-o', 'g.mps'],
      'ends in .lp',
    ],
    [
      'masks on standard output',
      ['solve', 'small.json', '--sparsity', '0.5', '--masks', '-'],
      'only text goes to standard output',
    ],
    [
      'a pruning and a summary on standard output',
      ['solve', 'small.json', '--sparsity', '0.5', '-o', '-', '--json'],
      '--json: expected a file',
    ],
    ['standard input twice', ['verify', '-', '-'], 'one input from standard input, got 2'],
    ['no JSON from standard input', ['info', '-'], 'standard input: expected JSON'],
    ['a certificate from standard input', ['verify', 'small.json', 'p.json', '-'], 'only JSON and DIMACS'],
    ['no goal', ['solve', 'small.json', '--method', 'residual'], 'expected --sparsity, --target, --shape or a target'],
    [
      'two goals',
      ['solve', 'small.json', '--method', 'residual', '--sparsity', '0.5', '--target', '3'],
      'one of --sparsity',
    ],
    [
      'sparsity above 1',
      ['solve', 'small.json', '--method', 'residual', '--sparsity', '1.01'],
      'a decimal from 0 to 1',
    ],
    [
      'negative sparsity',
      ['solve', 'small.json', '--method', 'residual', '--sparsity', '-0.1'],
      'a decimal from 0 to 1',
    ],
    [
      'a word as sparsity',
      ['solve', 'small.json', '--method', 'residual', '--sparsity', 'half'],
      'a decimal from 0 to 1',
    ],
    [
      'a seed that is no integer',
      ['solve', 'small.json', '--method', 'random', '--sparsity', '0.5', '--seed', '1e3'],
      'nonnegative integer',
    ],
    [
      'a shape of two layers',
      ['solve', 'small.json', '--method', 'residual', '--shape', '1,1'],
      'an instance of one layer',
    ],
    [
      'a shape that does not fit',
      ['solve', 'single.safetensors', '--method', 'residual', '--shape', '11,1'],
      'removed rows',
    ],
    ['a missing file', ['info', 'nowhere.json'], 'ENOENT'],
    ['another extension', ['info', 'small.txt'], '.json or .safetensors'],
    [
      'an output over the input',
      ['solve', 'small.json', '--method', 'residual', '--sparsity', '0.5', '-o', './small.json'],
      'no other file',
    ],
    [
      'an output in no folder',
      ['solve', 'small.json', '--method', 'residual', '--sparsity', '0.5', '-o', 'no/p.json'],
      'a folder that can be written',
    ],
    [
      'a layer too large to enumerate',
      ['solve', 'wide.json', '--method', 'enumerate', '--sparsity', '0.5'],
      'at most 30 rows',
    ],
    ['an unknown family', ['generate', 'magic', '--rows', '2', '--cols', '2', '-o', 'g.json'], 'one of uniform'],
    ['a family without size', ['generate', 'uniform', '-o', 'g.json'], 'a number of rows'],
    [
      'an option of another family',
      ['generate', 'uniform', '--rows', '2', '--cols', '2', '--max', '3', '-o', 'g.json'],
      'expected no max',
    ],
    ['no output', ['generate', 'uniform', '--rows', '2', '--cols', '2'], '-o FILE'],
    ['a pruning with an unknown layer', ['verify', 'small.json', 'foreign.json', '--sparsity', '0.5'], 'layer'],
    ['a model of another kind', ['extract', 'small.json', '-o', 'e.json'], 'weights manifest'],
    [
      'a start that misses the target',
      ['solve', 'small.json', '--method', 'alternating', '--sparsity', '0.5', '--start', 'empty.json'],
      'a start that meets the goal',
    ],
  ])('%s', async (_, args, reason) => {
    const wide = generate('uniform', { rows: 31, cols: 31, seed: 1 });
    await writeInstance(inFolder('wide.json'), wide);
    writeFileSync(inFolder('foreign.json'), '{"layers":[{"name":"other","removedRows":[],"removedColumns":[]}]}');
    const layers = small.layers.map(() => ({ removedRows: new Uint32Array(0), removedColumns: new Uint32Array(0) }));
    await writePruning(inFolder('empty.json'), small, { layers }, {});
    await expectRefusal(args, reason);
  });

  it('a full disk leaves no partial file', async () => {
    const before = readdirSync(folder).sort();
    // A limit on file sizes stands in for the disk: one block of 512 or 1024 bytes fits, the pruning does not.
    const big = inFolder('big.safetensors');
    await writeInstance(big, generate('uniform', { rows: 400, cols: 400, seed: 1 }));
    for (const args of [
      `generate uniform --rows 90 --cols 90 -o full.json`,
      `solve big.safetensors --method greedy --sparsity 0.9 -o full.json`,
    ]) {
      const { code, stdout, stderr } = await start('bash', [
        '-c',
        `ulimit -f 1; exec "${process.execPath}" "${MAIN}" ${args}`,
      ]).outcome;
      expect(code, stderr).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toContain('EFBIG');
    }
    expect(readdirSync(folder).sort()).toEqual([...before, 'big.safetensors'].sort());
  });

  it('a reader that leaves early is no error', async () => {
    const { code, stderr } = await start('bash', [
      '-c',
      `"${process.execPath}" "${MAIN}" info small.json | head -c 1; exit \${PIPESTATUS[0]}`,
    ]).outcome;
    expect(code).toBe(0);
    expect(stderr).toBe('');
  });

  it('can be run as it is: npx does, after any build', () => {
    expect(statSync(MAIN).mode & 0o111).toBe(0o111);
  });

  it('shows its help where nothing is asked', async () => {
    const { code, stdout, stderr } = await run();
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toBe((await run('--help')).stdout);
  });

  it('help and version are no errors', async () => {
    expect((await run('--help')).stdout).toContain('Usage: rcprune');
    expect((await run('solve', '--help')).code).toBe(0);
    expect((await run('--version')).stdout).toMatch(/^[0-9]+\.[0-9]+\.[0-9]+\n$/);
  });
});
