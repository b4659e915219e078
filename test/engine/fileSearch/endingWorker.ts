import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { searchWorker } from '../fileSearchSupport';
import { temporaryFolder } from '../support';

export interface EndingWorkerOptions {
  /** Part of the statement at which it ends. */
  at: string;
  /** At which of these statements the first worker ends, the second, and so on; those after them do not end. */
  times: readonly number[];
  /** Whether it ends after the statement, not before. */
  isAfter?: boolean;
}

/** A script of a search worker that ends in the middle of its work, as if it had crashed. */
export function endingWorker({ at, times, isAfter = false }: EndingWorkerOptions) {
  const folder = temporaryFolder();
  const script = join(folder, 'worker.js');
  const counter = join(folder, 'ends');
  writeFileSync(counter, '0');
  writeFileSync(
    script,
    `const { readFileSync, writeFileSync } = require('node:fs');
     const { DatabaseSync, StatementSync } = require('node:sqlite');
     const ends = Number(readFileSync(${JSON.stringify(counter)}, 'utf8'));
     let left = ${JSON.stringify(times)}[ends] ?? Infinity;
     const isLast = (sql) => sql.includes(${JSON.stringify(at)}) && --left === 0;
     const end = () => {
       writeFileSync(${JSON.stringify(counter)}, String(ends + 1));
       process.exit(1);
     };
     const wrap = (prototype, method, sqlOf) => {
       const original = prototype[method];
       prototype[method] = function (...values) {
         const ending = isLast(sqlOf(this, values));
         if (ending && ${!isAfter}) end();
         const result = original.apply(this, values);
         if (ending) end();
         return result;
       };
     };
     wrap(DatabaseSync.prototype, 'exec', (_, [sql]) => sql);
     for (const method of ['run', 'get', 'all']) wrap(StatementSync.prototype, method, (one) => one.sourceSQL);
     require(${JSON.stringify(searchWorker)});`,
  );
  return { script, ends: () => Number(readFileSync(counter, 'utf8')) };
}
