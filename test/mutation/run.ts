import { Command, InvalidArgumentError } from 'commander';
import { mutantsOf } from './mutate.ts';
import {
  carryReasons,
  codeHash,
  type FileSummary,
  FOLDERS,
  inFolder,
  LEAST_SCORE,
  mutatedFiles,
  NOT_YET,
  readSummaries,
  readSurvivors,
  scoreOf,
  summarize,
  writeReport,
} from './report.ts';

/*
 * `npm run mutation`: how much of src/problem, src/approx, src/certify and src/reductions the laws really hold in place.
 *
 *   npm run mutation                    all files; goes on where an interrupted run ended
 *   npm run mutation -- FILE...         these files
 *   npm run mutation -- --changed       files whose code is not what paper-artifacts/mutation.csv is about (by its hash)
 *
 * Updates the report under paper-artifacts. Exit 1 when the score of a folder, or of the files that were mutated, is
 * below 85%. Survivors without a reason are listed: give one in paper-artifacts/mutation-survivors.tsv before committing the
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

console.log(`\n${todo.length} of ${present.length} files mutated; not mutated yet: ${NOT_YET.join(' ')}`);
for (const folder of FOLDERS) console.log(line(folder, inFolder(folder, summaries)));
console.log(line('all', summaries));

const mutated = summaries.filter(({ file }) => todo.includes(file));
const low = [...FOLDERS.map((folder) => inFolder(folder, summaries)), mutated].some(
  (group) => group.length > 0 && scoreOf(group) < LEAST_SCORE,
);
const unexplained = survivors.filter(({ file, why }) => todo.includes(file) && why === '');
for (const { file, line: at, mutator, code, replacement } of unexplained) {
  console.log(`no reason yet: ${file}:${at} ${mutator}: ${code} -> ${replacement}`);
}
if (low) console.log(`below ${LEAST_SCORE}%`);
process.exitCode = low ? 1 : 0;
