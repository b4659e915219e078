/** The program of `npm run serve`. */
import { runServe } from './server';

void runServe(process.argv.slice(2), 'npm run --silent serve --');
