import type { EngineRegistry } from './engineRegistry';
import type { Store } from './store/store';
import type { FileSearchTool } from './tools/fileSearch/fileSearchTool';

/** Where files are deleted from. */
export interface FileParts {
  store: Store;
  /** Undefined if this engine has no file search. */
  fileSearch?: FileSearchTool;
}

/** Ticks between two sweeps, and milliseconds where ticks are rare. Expired files are hidden at once; only their deletion waits. */
const sweepTicks = 60;
const sweepInterval = 60_000;
/** Milliseconds after which a sweep leaves the rest to the next tick. */
const sweepTime = 8;

/** Deletes a file, its entries in vector stores and its contents. Returns whether it existed, perhaps expired. */
export function deleteFile({ store, fileSearch }: FileParts, id: string): boolean {
  const existed = deleteEntries({ store, fileSearch }, id);
  if (existed) store.contents.delete(id);
  return existed;
}

/** Deletes expired files at the first tick and about once a minute. Engines of one data folder may do so together. */
export function sweepExpiredFiles(parts: FileParts, registry: EngineRegistry): void {
  let ticks = 0;
  let sweptAt = -Infinity;
  registry.onTick(() => {
    const isDue = performance.now() - sweptAt >= sweepInterval;
    if (ticks++ % sweepTicks > 0 && !isDue) return;
    sweptAt = performance.now();
    for (const id of parts.store.files.expired()) {
      if (performance.now() - sweptAt > sweepTime) {
        sweptAt = -Infinity;
        return;
      }
      // Contents first: after a crash in between, the next sweep still finds the file.
      parts.store.contents.delete(id);
      deleteEntries(parts, id);
    }
  });
}

function deleteEntries({ store, fileSearch }: FileParts, id: string): boolean {
  const existed = store.transaction(() => {
    fileSearch?.stores.forgetFile(id);
    return store.files.delete(id);
  });
  fileSearch?.ingest.wake();
  return existed;
}
