export * from './figures/index.ts';
export { commandOf } from './page.ts';
export { type RunReport, runPage } from './run-page.ts';
export { readTrace } from './trace.ts';
