import { createEngine, type Engine, type EngineOptions } from './engine';
import { ApiError } from './errors';
import { isOutdated } from './store/database';
import { migrateDatabase } from './store/maintenance/databaseTasks';
import { StoreError } from './store/storeErrors';

/** What a program that is not part of VS Code opens an engine with. */
export type MigratedEngineOptions = EngineOptions & Required<Pick<EngineOptions, 'databaseWorker' | 'log'>>;

/** The share of a migration between two lines of the log, in percent. */
const reportedPercent = 10;

/**
 * Opens the data folder. An earlier version's database is brought up to date in a worker thread first, while requests
 * wait: `opened` rejects with StoreError if that fails, or if it finds something that `createEngine` throws. Any other
 * folder is open on return, and the errors of opening it are thrown.
 */
export function openMigrated(options: MigratedEngineOptions): Engine & { opened: Promise<void> } {
  if (!isOutdated(options.dataDir)) return { ...createEngine(options), opened: Promise.resolve() };
  const stop = new AbortController();
  const opening = migrate(options, stop.signal).then(() => createEngine(options));
  const opened = opening.then(() => undefined);
  // Its error is also that of each request.
  opened.catch(() => undefined);
  return {
    opened,
    fetch: (input, init) => opening.then((engine) => engine.fetch(input, init), answerOf),
    close: async () => {
      stop.abort();
      const engine = await opening.catch(() => undefined);
      await engine?.close();
    },
  };
}

/** The answer to requests that have waited in vain. */
function answerOf(error: unknown): Response {
  const code = error instanceof StoreError ? `storage_${error.kind}` : null;
  const { body, status } = new ApiError(500, (error as Error).message, null, code);
  return Response.json(body, { status });
}

async function migrate(
  { dataDir, databaseWorker: script, log }: MigratedEngineOptions,
  signal: AbortSignal,
): Promise<void> {
  let reported = -reportedPercent;
  const report = (percent: number): void => {
    if (percent < reported + reportedPercent) return;
    reported = percent;
    log(`Updating the database of an earlier version: ${percent} %`);
  };
  try {
    await migrateDatabase({ dataDir, script, signal }, (done) => report(Math.floor(done * 100)));
    if (reported >= 0) report(100);
  } catch (error) {
    if (error instanceof StoreError || signal.aborted) throw error;
    log(`The database is updated without a worker: ${String(error)}`);
  }
}
