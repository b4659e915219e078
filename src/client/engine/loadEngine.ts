import { setImmediate as nextTurn } from 'node:timers/promises';
import type * as EngineFile from './engineFile';

/** Parts of the engine, in the order of their imports; each is a file of the build. */
const parts = [
  // All of zod, and little else.
  () => import('../../engine/tools/fileSearch/searchOptions'),
  () => import('../../engine/runs/manager'),
  () => import('../../engine/api/app'),
];

/**
 * Loads the engine in parts, between which the process does other work: at once, it would hold up VS Code's extension
 * host for too long.
 */
export async function loadEngine(): Promise<typeof EngineFile> {
  for (const load of parts) {
    await nextTurn();
    await load();
  }
  await nextTurn();
  const engine = await import('./engineFile');
  await nextTurn();
  return engine;
}
