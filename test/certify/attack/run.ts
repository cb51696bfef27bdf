import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { checkCertificate, ProofChecker } from '../../../src/certify/index.ts';
import type { Instance } from '../../../src/problem/index.ts';
import { attackCertificates } from './attack-certificates.ts';
import { attackLogs, honestLogs } from './attack-logs.ts';
import type { Victim } from './instances.ts';

/*
 * `npm run attack`: the attack on the checker, long.
 *
 *   npm run attack -- --seed 1 --count 1000000 -o paper-artifacts/attack.csv
 *
 * Forges that many proof logs, an eighth as many certificates, and takes a hundredth as many honest logs of the solver, in blocks of
 * 10,000 logs. A block has a seed of its own, from --seed on, and adds a few rows to the file, one for each kind of
 * forgery, when it is done: so a run that was interrupted goes on where it ended. Forgeries that were accepted are written beside
 * the file, and the exit status is 1.
 */

Error.stackTraceLimit = 0; // every rejected log is an error inside the checker, and traces are most of what that costs

const LOGS_A_BLOCK = 10_000;
const CERTIFICATES_A_BLOCK = 1280;
const HONEST_A_BLOCK = 100;

const COLUMNS = [
  'seed',
  'what',
  'kind',
  'instances',
  'tried',
  'accepted_proofs', // false ones
  'accepted_bounds', // false ones: of a shape, or by a certificate
  'crashes',
  'well_formed', // logs whose records are all as the grammar says
  'read_to_end', // logs of which every line was accepted
  'lines',
  'accepted_lines',
  'valid', // certificates that were accepted, and true
  'close', // of these, within 1% of the truth
] as const;
type Row = Partial<Record<(typeof COLUMNS)[number], number | string>>;

function whole(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}

const program = new Command('npm run attack --')
  .option('--seed <n>', 'of the first block', whole, 1)
  .option('--count <n>', 'forged proof logs', whole, LOGS_A_BLOCK)
  .requiredOption('-o, --output <FILE>', 'CSV to add rows to')
  .parse();
const { seed: first, count, output } = program.opts<{ seed: number; count: number; output: string }>();

const HEADER = COLUMNS.join(',');
const present = existsSync(output) ? readFileSync(output, 'utf8').trimEnd().split('\n').slice(1) : [];
const isDone = new Set(present.filter((row) => row.split(',')[1] === 'honest').map((row) => row.split(',')[0]!));
// A block that was cut short is done again.
const kept = present.filter((row) => isDone.has(row.split(',')[0]!));
writeFileSync(output, `${[HEADER, ...kept].join('\n')}\n`);

let isBroken = false;
let found = 0;
const plainInstance = ({ layers }: Instance) =>
  layers.map((layer) => ({ ...layer, importance: Array.from(layer.importance) }));

/** Writes what broke the checker to a file of its own. */
function keep(seed: number, { instance, goal, optimum }: Victim, what: Record<string, unknown>): boolean {
  isBroken = true;
  const file = `${output}.found-${seed}-${found++}.json`;
  const text = (_: string, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value;
  writeFileSync(file, JSON.stringify({ layers: plainInstance(instance), goal, optimum, ...what }, text));
  console.error(`attack: the checker was wrong: ${file}`);
  return true;
}

for (let seed = first; seed < first + Math.ceil(count / LOGS_A_BLOCK); seed++) {
  if (isDone.has(`${seed}`)) continue;
  const started = performance.now();
  const rows: Row[] = [];
  const logs = attackLogs(
    (instance, goal) => new ProofChecker(instance, goal),
    seed,
    LOGS_A_BLOCK,
    ({ victim, kind, forgery, judgement }) => keep(seed, victim, { kind, ...forgery, ...judgement }),
  );
  for (const own of logs.counts) {
    rows.push({
      what: 'log',
      kind: own.kind,
      instances: logs.instances,
      tried: own.forgeries,
      accepted_proofs: own.acceptedProofs,
      accepted_bounds: own.acceptedBounds,
      crashes: own.crashes,
      well_formed: own.wellFormed,
      read_to_end: own.readToEnd,
      lines: own.lines,
      accepted_lines: own.acceptedLines,
    });
  }
  const certificates = attackCertificates(
    checkCertificate,
    seed,
    CERTIFICATES_A_BLOCK,
    ({ victim, kind, certificate, judgement }) => {
      // What types forbid may end in an error, but not in a false bound.
      if (kind === 'untyped' && judgement.isCrash) return true;
      return keep(seed, victim, { kind, certificate, ...judgement });
    },
  );
  for (const own of certificates.counts) {
    rows.push({
      what: 'certificate',
      kind: own.kind,
      instances: certificates.instances,
      tried: own.forgeries,
      accepted_bounds: own.accepted,
      crashes: own.crashes,
      valid: own.valid,
      close: own.close,
    });
  }
  const honest = honestLogs(
    (instance, goal) => new ProofChecker(instance, goal),
    seed,
    HONEST_A_BLOCK,
    (victim, reason) => keep(seed, victim, { kind: 'honest', reason }),
  );
  rows.push({
    what: 'honest',
    kind: 'solver',
    tried: honest.logs,
    accepted_proofs: honest.wrongOptima,
    valid: honest.logs - honest.rejected - honest.unproved - honest.wrongOptima,
  });
  const text = rows.map((row) => COLUMNS.map((column) => (column === 'seed' ? seed : (row[column] ?? ''))).join(','));
  appendFileSync(output, `${text.join('\n')}\n`);
  console.log(`block ${seed}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
process.exitCode = isBroken ? 1 : 0;
