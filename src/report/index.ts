export { type BenchReport, benchPage } from './bench-page.ts';
export * from './figures/index.ts';
export { commandOf, type Fact } from './page.ts';
export {
  type PaperClaim,
  type PaperFigure,
  type PaperReport,
  type PaperSection,
  type PaperTable,
  paperPage,
} from './paper-page.ts';
export { type RunReport, runPage } from './run-page.ts';
export { readTrace } from './trace.ts';
