import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Engine, EngineOptions } from '../../engine/engine';

/** Parts of the engine, in the order of their imports; each is a file of the build. */
const parts = [
  // All of zod, and little else.
  () => import('../../engine/tools/fileSearch/searchOptions'),
  () => import('../../engine/api/input/schemas'),
  () => import('../../engine/store/store'),
  () => import('../../engine/runs/manager'),
  () => import('../../engine/tools/fileSearch/index/fold'),
  () => import('../../engine/tools/fileSearch/fileSearchTool'),
  () => import('../../engine/api/app'),
];

/**
 * Loads the engine in parts, between which the process does other work: at once, it would hold up VS Code's extension
 * host for too long.
 */
export async function loadEngine(): Promise<(options: EngineOptions) => Engine> {
  for (const load of parts) {
    await nextTurn();
    await load();
  }
  await nextTurn();
  const { createEngine } = await import('../../engine/engine');
  await nextTurn();
  return createEngine;
}
