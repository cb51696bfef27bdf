export { printTable } from '../src/cli/table.ts';
