import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import type { Library, LibraryEntry, ReadNetwork } from '../benchmark/library.ts';
import type { Offer, Standing } from '../benchmark/library-improve.ts';
import type { Verification } from '../benchmark/library-verify.ts';
import { RcpruneError } from '../problem/error.ts';
import { entryCount } from '../problem/instance.ts';
import { withExamples } from './help.ts';
import { methodName } from './method-option.ts';
import { decimal, integer } from './options.ts';
import { EXIT, note, print, printJson, progress, share, show } from './output.ts';
import { abortOnSignals, withProgress } from './running.ts';

interface Options {
  readonly improve?: true;
  readonly quick?: true;
  readonly only?: string;
  readonly method?: readonly string[];
  readonly seed?: number;
  readonly work?: number;
  readonly time?: number;
  readonly claim?: string;
  readonly certificate?: string;
  readonly proof?: string;
  readonly by?: string;
  readonly json?: true;
}

/** Nodes that branch-and-bound may take to close an entry when --work does not say. */
const CLOSING_WORK = 2_000_000;
/** Instances of more entries than this are not tried by branch-and-bound unless it is asked for. */
const MOST_CLOSING_ENTRIES = 16_384;

export function libraryCommand(): Command {
  const command = new Command('library')
    .argument('[manifest]', 'the library to check (default: the one that comes with the package)')
    .option('--quick', 'only entries that take less than a few seconds each')
    .option('--only <NAME>', 'one entry')
    .option('--json', 'print one JSON object')
    .optionsGroup('To better its records:')
    .option('--improve', 'work on open entries, from their records on')
    .option('--method <M>', 'with --improve: a method to try; may be repeated', (one, all: string[] = []) => [
      ...all,
      methodName(one),
    ])
    .option('--seed <S>', 'with --improve: seed of everything random; with --claim: the one that found it', integer)
    .option('--work <N>', "with --improve: most units of each method's own work; with --claim: what it took", integer)
    .option('--time <SEC>', 'with --improve: most seconds of each method', decimal)
    .option('--claim <PRUNING>', 'a pruning that betters the record of the entry --only')
    .option('--certificate <FILE>', 'a certificate that betters its bound')
    .option('--proof <FILE>', 'a proof log that closes it')
    .option('--by <WHO>', 'whose pruning, certificate or proof it is')
    .action(run);
  return withExamples(command, 'library --quick', 'library --only half-normal-64-75 --claim mine.json --by me');
}

/**
 * Checks every entry of the instance library, or betters its records.
 *
 * Exit 1 when an entry is not what it says. With --improve every open entry is checked, then worked on by the methods given
 * (default: branch-and-bound where it has a chance, then best), each with --seed and --work, from the record on; with
 * --claim a pruning, a certificate or a proof log of whoever is named by --by is taken for the entry named by --only. A record
 * only ever changes for a better one, and the manifest is written whole after every change.
 *
 * @throws RcpruneError on a manifest that is none, unknown names and methods
 */
async function run(manifest: string | undefined, options: Options): Promise<void> {
  const { readLibrary } = await import('../benchmark/library.ts');
  const library = await readLibrary(
    manifest ?? fileURLToPath(new URL('../../instances/library.json', import.meta.url)),
  );
  const chosen = library.entries.filter(
    ({ name, record }) =>
      (options.only === undefined || name === options.only) && (options.quick !== true || record?.effort !== 'long'),
  );
  if (chosen.length === 0) throw new RcpruneError('--only', 'the name of an entry', options.only ?? 'none is quick');
  const claims = options.claim !== undefined || options.certificate !== undefined || options.proof !== undefined;
  if (claims && (options.only === undefined || options.by === undefined)) {
    throw new RcpruneError('--claim, --certificate, --proof', '--only NAME and --by WHO', 'one of them is missing');
  }
  if (options.improve === true || claims) await improveAll(library, chosen, options, claims);
  else await verifyAll(library, chosen, options);
}

const readNetworkOnce = (): ReadNetwork => {
  const read = new Map<string, ReturnType<ReadNetwork>>();
  return (file) => {
    let own = read.get(file);
    if (own === undefined) {
      own = import('../neural/index.ts').then(async ({ extract }) => {
        return (await extract(file, { importance: 'l1', normalize: 'none', only: 'conv' })).instance;
      });
      read.set(file, own);
    }
    return own;
  };
};

async function verifyAll(library: Library, chosen: readonly LibraryEntry[], { json }: Options): Promise<void> {
  const { verifyEntry } = await import('../benchmark/library-verify.ts');
  const readNetwork = readNetworkOnce();
  const began = performance.now();
  const bar = progress('library', chosen.length);
  const verifications: Verification[] = [];
  const width = Math.max(...chosen.map(({ name }) => name.length));
  for (const entry of chosen) {
    bar.update(verifications.length, entry.name);
    const verification = await verifyEntry(library, entry, { readNetwork });
    verifications.push(verification);
    if (!json) print(`${entry.name.padEnd(width)}  ${lineOf(entry, verification)}`);
  }
  bar.stop();
  const counted = (outcome: Verification['outcome']) => verifications.filter((one) => one.outcome === outcome).length;
  const [valid, invalid, unavailable] = [counted('valid'), counted('invalid'), counted('unavailable')];
  const seconds = (performance.now() - began) / 1000;
  if (json) {
    const entries = chosen.map(({ category, record }, e) => {
      const { status = null, cost = null, kept = null, dualBound = null, keptBound = null, check = [] } = record ?? {};
      return { ...verifications[e]!, category, status, cost, kept, dualBound, keptBound, check };
    });
    printJson({ entries, valid, invalid, unavailable, seconds });
  } else print(`${valid} valid, ${invalid} invalid, ${unavailable} unavailable, ${seconds.toFixed(1)} s`);
  for (const { outcome, name, reason } of verifications) if (outcome !== 'valid') note(`library: ${name}: ${reason}`);
  process.exitCode = invalid > 0 ? EXIT.rejected : EXIT.done;
}

function lineOf({ record }: LibraryEntry, { outcome, reason, gap, seconds }: Verification): string {
  const state = record?.status === 'closed' ? 'closed' : `open, gap ${gap === null ? '-' : share(gap, 1)}`;
  const said = outcome === 'valid' ? `cost ${show(record!.cost)}, ${state}, ${seconds.toFixed(1)} s` : reason;
  return `${outcome.padEnd(11)}  ${said}`;
}

async function improveAll(
  library: Library,
  chosen: readonly LibraryEntry[],
  options: Options,
  claims: boolean,
): Promise<void> {
  const { readLibrary, writeLibrary } = await import('../benchmark/library.ts');
  const { discardOld, improveEntry } = await import('../benchmark/library-improve.ts');
  const { renewTable } = await import('../benchmark/library-table.ts');
  const { withScratch } = await import('../benchmark/library-files.ts');
  const signal = abortOnSignals();
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const improving = { readNetwork: readNetworkOnce(), version, date: new Date().toISOString().slice(0, 10) };
  const improved: { name: string; cost: number; costBefore: number | null; dualBound: number; status: string }[] = [];
  let [unchanged, invalid, unavailable] = [0, 0, 0];
  for (const entry of chosen) {
    if (signal.aborted) break;
    try {
      const better = await withScratch(async (inScratch) => {
        const offers = (standing: Standing) =>
          claims ? claimed(standing, options) : attempts(standing, entry, options, inScratch('log'), signal);
        return improveEntry(library, entry, improving, offers);
      });
      if (better === null) {
        unavailable++;
        note(`library: ${entry.name}: its package is not installed`);
        continue;
      }
      if (better === entry) {
        unchanged++;
        note(`library: ${entry.name}: nothing better was found`);
        continue;
      }
      // Somebody else may have written the manifest meanwhile: only this entry is replaced, if it is still the one.
      const now = await readLibrary(library.file);
      const at = now.entries.findIndex(({ name, record }) => name === entry.name && isSame(record, entry.record));
      if (at < 0) {
        await discardOld(library, better, entry);
        throw new RcpruneError(entry.name, 'the record that was bettered', 'another one in the manifest by now');
      }
      const next = { ...now, entries: now.entries.with(at, better) };
      await writeLibrary(next);
      await discardOld(library, entry, better);
      await renewTable(next);
      const { cost, dualBound, status } = better.record!;
      const costBefore = entry.record?.cost ?? null;
      improved.push({ name: entry.name, cost, costBefore, dualBound, status });
      if (!options.json) {
        print(`${entry.name}: cost ${show(cost)} (was ${show(costBefore)}), at least ${show(dualBound)}, ${status}`);
      }
    } catch (error) {
      if (!(error instanceof RcpruneError)) throw error;
      invalid++;
      note(`library: ${entry.name}: ${error.message}`);
    }
  }
  if (options.json) printJson({ improved, unchanged, invalid, unavailable });
  else print(`${improved.length} improved, ${unchanged} unchanged, ${invalid} invalid, ${unavailable} unavailable`);
  process.exitCode = invalid > 0 ? EXIT.rejected : EXIT.done;
}

const isSame = (a: LibraryEntry['record'], b: LibraryEntry['record']) => a?.digest === b?.digest;

/** Each method in turn, in a worker, from the record on and not from each other: what each found can be replayed. */
async function* attempts(
  { instance, goal, pruning }: Standing,
  { name }: LibraryEntry,
  { method, seed = 1, work, time }: Options,
  log: string,
  signal: AbortSignal,
): AsyncGenerator<Offer> {
  const { solve } = await import('../run/solve.ts');
  const entries = entryCount(instance);
  const usual = entries <= MOST_CLOSING_ENTRIES ? ['branch-and-bound', 'best'] : ['best'];
  for (const one of method ?? usual) {
    if (signal.aborted) return;
    const isClosing = one === 'branch-and-bound';
    const workLimit = work ?? (isClosing ? CLOSING_WORK : undefined);
    const start = pruning ?? undefined;
    const asked = { certify: one === 'best', proof: isClosing ? log : undefined };
    note(`library: ${name}: ${one}`);
    const found = await withProgress(`solve ${one}`, (onProgress) =>
      solve(instance, { method: one, goal, seed, workLimit, start, seconds: time, signal, ...asked, onProgress }),
    );
    if (found.pruning === null) continue;
    yield {
      pruning: found.pruning,
      certificate: found.certificate,
      log: found.proof === 'written' ? log : null,
      method: one,
      seed,
      work: found.work,
      hasStarted: pruning !== null,
    };
  }
}

/** What a person brings. */
async function* claimed(
  { instance }: Standing,
  { claim, certificate, proof, by, seed, work }: Options,
): AsyncGenerator<Offer> {
  const { readCertificate } = await import('../formats/certificate.ts');
  const { readPruning } = await import('../formats/pruning.ts');
  yield {
    pruning: claim === undefined ? null : (await readPruning(claim, instance)).pruning,
    certificate: certificate === undefined ? null : await readCertificate(certificate, instance),
    log: proof ?? null,
    method: by!,
    seed: seed ?? null,
    work: work ?? null,
    hasStarted: false,
  };
}
