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
} from '../../../proofs/coq.ts';
import { measure } from '../measure.ts';

/*
 * Compiles the Coq development, asks what each theorem rests on, and has the compiled files checked again by Coq's small independent
 * checker. What has been compiled before and not changed since is not compiled again (`npm run proofs` shares it).
 */

const version = coqVersion();
if (version === null) {
  console.error(`proofs: Coq is not installed, so no proof is checked in this run; ${INSTALL} installs it`);
  process.exit(1);
}
await measure('proofs', import.meta.url, [{ version }], async () => {
  const sources = readSources();
  const wrong = objections(sources);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  const files = await compile(sources);
  const { output } = files.find(({ name }) => name === 'Statements')!;
  const axioms = axiomsOf(await recheck(sources)).filter((axiom) => axiom.startsWith('RCPrune.'));
  const rows = assumptionsOf(sources, output).map(({ file, theorem, assumptions }) => ({
    file,
    theorem,
    closed: assumptions === CLOSED,
    recheckedAxioms: axioms.length,
  }));
  return { rows, clock: files.map(({ name, seconds }) => ({ file: name, coq: version, seconds })) };
});
