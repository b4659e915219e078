import { spawnSync } from 'node:child_process';
import type { Context } from 'mocha';

/** Skips the test, and says why, where `unshare` cannot create namespaces with these options. */
export function needsNamespaces(test: Context, ...options: string[]): void {
  if (spawnSync('unshare', [...options, 'true']).status === 0) return;
  console.log(`      This machine cannot run \`unshare ${options.join(' ')}\`.`);
  test.skip();
}
