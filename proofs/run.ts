/**
 * `npm run proofs`: compiles every .v file, prints what each theorem rests on, checks the compiled files once more with
 * Coq's independent checker (with `--all` also the libraries that they import).
 *
 * Exit 1 when a source is no proof (an axiom, an admitted proof, a file or theorem left out), when a file does not
 * compile, or when a theorem is not closed under the global context.
 */
import { RcpruneError } from '../src/problem/error.ts';
import {
  assumptionsOf,
  axiomsOf,
  CLOSED,
  compile,
  coqVersion,
  INSTALL,
  objections,
  readSources,
  recheck,
} from './coq.ts';

async function main(isDeep: boolean): Promise<number> {
  const version = coqVersion();
  if (version === null) {
    console.error(`proofs: Coq is not installed; ${INSTALL} installs it`);
    return 1;
  }
  console.log(version);
  const sources = readSources();
  const wrong = objections(sources);
  for (const objection of wrong) console.error(objection);
  if (wrong.length > 0) return 1;

  const start = performance.now();
  const files = await compile(sources, ({ name, seconds, isCached }) => {
    console.log(`${name}.v ${isCached ? 'unchanged' : `compiled in ${seconds.toFixed(1)} s`}`);
  });
  const { output } = files.find(({ name }) => name === 'Statements')!;
  const statements = assumptionsOf(sources, output);
  for (const { file, theorem, assumptions } of statements) console.log(`${file}.${theorem}: ${assumptions}`);
  const open = statements.filter(({ assumptions }) => assumptions !== CLOSED);
  const axioms = axiomsOf(await recheck(sources, isDeep)).filter((axiom) => axiom.startsWith('RCPrune.'));
  console.log(`coqchk: ${sources.length} files accepted, axioms of ours: ${axioms.join(' ') || 'none'}`);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${files.length} files, ${statements.length} theorems, ${open.length} with axioms, ${seconds} s`);
  return open.length + axioms.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.includes('--all'));
} catch (error) {
  if (!(error instanceof RcpruneError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
