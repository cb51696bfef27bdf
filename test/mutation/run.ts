import { Command, InvalidArgumentError } from 'commander';
import { mutantsOf } from './mutate.ts';
import {
  carryReasons,
  codeHash,
  type FileSummary,
  inPlace,
  mutatedFiles,
  NOT_YET,
  PLACES,
  readSummaries,
  readSurvivors,
  scoreOf,
  summarize,
  writeReport,
} from './report.ts';

/*
 * `npm run mutation`: how much of the checker, the definitions, the gate and the places where bounds change their unit the laws
 * really hold: {@link PLACES}.
 *
 *   npm run mutation                    all files; goes on where an interrupted run ended
 *   npm run mutation -- FILE...         these files
 *   npm run mutation -- --changed       files whose code is not what paper-artifacts/mutation.csv is about (by its hash)
 *
 * Updates the report under paper-artifacts. Exit 1 when the score of a place is below what {@link PLACES} asks. Survivors without a reason are listed: give one in paper-artifacts/mutation-survivors.tsv before committing the
 * report (a test asks for it).
 */

function count(text: string): number {
  if (!/^[1-9]$/.test(text)) throw new InvalidArgumentError('expected a number from 1 to 9');
  return Number(text);
}

const program = new Command('npm run mutation --')
  .argument('[file...]', 'source files; default all')
  .option('--changed', 'only files that differ from the committed report')
  .option('--concurrency <n>', 'test processes', count, 1)
  .parse();
const { changed = false, concurrency } = program.opts<{ changed?: boolean; concurrency: number }>();

const present = mutatedFiles();
// A file that waits may be asked for by name.
for (const file of program.args) if (NOT_YET.includes(file)) present.push(file);
for (const file of program.args) if (!present.includes(file)) program.error(`${file} is none of the mutated files`);
let summaries = readSummaries().filter(({ file }) => present.includes(file));
let survivors = readSurvivors().filter(({ file }) => present.includes(file));
const reported = new Map(summaries.map((summary) => [summary.file, summary.sha256]));
const asked = program.args.length > 0 ? program.args : present;
const todo = changed ? asked.filter((file) => reported.get(file) !== codeHash(file)) : asked;

const line = (name: string, group: readonly FileSummary[]) => {
  const sum = (key: 'killed' | 'timeout' | 'survived' | 'uncovered') =>
    group.reduce((total, summary) => total + summary[key], 0);
  const parts = `${sum('killed')} killed, ${sum('timeout')} timed out, ${sum('survived') + sum('uncovered')} survived`;
  return `${name.padEnd(32)} ${scoreOf(group).toFixed(1).padStart(5)}%  ${parts}`;
};

for (const file of todo) {
  const mutants = await mutantsOf(file, concurrency);
  const summary = summarize(file, mutants);
  summaries = [...summaries.filter((other) => other.file !== file), summary];
  survivors = [...survivors.filter((other) => other.file !== file), ...carryReasons(mutants, survivors)];
  writeReport(summaries, survivors);
  console.log(line(file, [summary]));
}

console.log(`\n${todo.length} of ${present.length} files mutated; waiting for a run: ${NOT_YET.join(' ')}`);
for (const place of Object.keys(PLACES)) console.log(line(place, inPlace(place, summaries)));
console.log(line('all', summaries));

const low = Object.entries(PLACES).filter(([place, least]) => {
  const group = inPlace(place, summaries);
  return group.length > 0 && scoreOf(group) < least;
});
const unexplained = survivors.filter(({ file, why }) => todo.includes(file) && why === '');
for (const { file, line: at, mutator, code, replacement } of unexplained) {
  console.log(`no reason yet: ${file}:${at} ${mutator}: ${code} -> ${replacement}`);
}
for (const [place, least] of low) console.log(`${place}: below ${least}%`);
process.exitCode = low.length > 0 ? 1 : 0;
