/** The bundle of the npm package: its program, and what it exports. */
export { runCommand } from './commands';
export * as library from './index';
