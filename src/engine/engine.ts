import type * as z from 'zod';
import { createApp } from './api/app';
import { sweepTrash } from './api/threads/trash';
import { type HostedSettings, HostedTools } from './hosted/hostedTools';
import type { ModelConnection } from './models/modelProvider';
import type { ModelPrice } from './models/prices';
import { EngineRegistry } from './engineRegistry';
import { sweepExpiredFiles } from './fileDeletion';
import { RequestTurns } from './requestTurns';
import { RunManager } from './runs/manager';
import type { NetworkFileSystemOf } from './store/networkFileSystem';
import { Checkpointer } from './store/checkpoints/checkpointer';
import { Store } from './store/store';
import { DocumentReader } from './tools/fileSearch/documentReader';
import type { EngineTool, EngineToolFactory, EngineToolParts, EngineTools } from './tools/engineTool';
import { SearchIndex } from './tools/fileSearch/index/searchIndex';
import { FileSearchTool } from './tools/fileSearch/fileSearchTool';
import type { SearchService } from './tools/fileSearch/service/searchService';
import { SearchTasks, type TaskData } from './tools/fileSearch/service/searchTasks';
import { WorkerService } from './tools/fileSearch/service/workerService';
import type { OnIndexUpdate } from './tools/fileSearch/stores/filesProgress';
import type { Reader } from './tools/fileSearch/stores/parts';
import {
  type CodeInterpreterSettings,
  CodeInterpreterTool,
} from './tools/codeInterpreter/codeInterpreterTool';
import { ChangeLog } from './changeLog';
import { ThreadDeletion } from './threadDeletion';
import { ThreadIndexer } from './threadSearch/threadIndexer';

export interface EngineOptions {
  /** Folder of the database and the files; created if missing. Several processes may share it. */
  dataDir: string;
  /**
   * The connections; re-read on each use. Model ids without a connection belong to the first one; an id whose
   * connection does not exist fails.
   */
  models: () => readonly ModelConnection[];
  /** The tools that the engine itself answers. A run that uses one that is not set fails with 400. */
  tools?: ToolSettings;
  /** The embeddings model for searching files by meaning, as `connection/model`; re-read on each use. */
  embeddings?: () => string | undefined;
  /** The tools that are left to the provider of a run's model, if it has them; re-read for each run. Default: none. */
  hosted?: () => HostedSettings;
  /** The prices of models that the user has set, by their ids with or without the connection; re-read on each use. */
  prices?: () => ReadonlyMap<string, ModelPrice>;
  /** How many of the newest requests to models are kept, for users to see; re-read for each. Default: 100. */
  keptRequests?: () => number;
  /** Seconds until a run expires, including the time it waits for function outputs. Default: 24 hours. */
  runExpirySeconds?: number;
  /** Interval of the heartbeat and of the maintenance of shared data, in milliseconds. */
  tickInterval?: number;
  /**
   * The built script of the worker thread that makes the checkpoints of the database. Without it, writes make them, and
   * wait for the disk now and then.
   */
  databaseWorker?: string;
  /** Tells network file systems, on which one computer at a time may write. Default: what statfs(2) says. */
  networkFileSystemOf?: NetworkFileSystemOf;
  /** Called while the search index of an earlier version is brought up to date. */
  onIndexUpdate?: OnIndexUpdate;
  /** Reports errors that no caller sees. */
  log?: (message: string) => void;
}

export interface ToolSettings {
  codeInterpreter?: CodeInterpreterSettings;
  fileSearch?: FileSearchSettings;
  /** Further tools, each of a type of its own. */
  more?: readonly EngineToolFactory[];
}

/** The built script of the process that reads documents, or a reader in its place. */
export type FileSearchSettings = ({ script: string } | { reader: Reader }) & {
  /** The built script of the worker thread that searches and indexes. Without it, the engine's own thread does. */
  worker?: string;
};

/** The Assistants service: the `fetch` of an `openai` client, with no server behind it. */
export interface Engine {
  fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** Stops the work of this process. The next engine on the same folder resumes runs under way. */
  close(): Promise<void>;
}

/** A person may need a day to fill in a form; the hosted service gave ten minutes. */
const defaultExpiry = 24 * 60 * 60;

const defaultKeptRequests = 100;

/** Opens the data folder and serves it. Throws StoreError if the folder cannot be used. */
export function createEngine(options: EngineOptions): Engine {
  const { dataDir, tickInterval, log = () => undefined } = options;
  const store = new Store(dataDir, options.networkFileSystemOf);
  const registry = new EngineRegistry(store, log, tickInterval);
  try {
    return serveStore(store, registry, { ...options, log });
  } catch (error) {
    registry.leave();
    store.close();
    throw error;
  }
}

function serveStore(
  store: Store,
  registry: EngineRegistry,
  {
    dataDir,
    models,
    tools: settings = {},
    embeddings = () => undefined,
    hosted: hostedSettings = () => ({ fileSearch: false, codeInterpreter: false }),
    keptRequests = () => defaultKeptRequests,
    prices = () => new Map<string, ModelPrice>(),
    runExpirySeconds = defaultExpiry,
    databaseWorker,
    onIndexUpdate,
    log,
  }: EngineOptions & Required<Pick<EngineOptions, 'log'>>,
): Engine {
  const parts: EngineToolParts = { store, registry, models, embeddings, log };
  const fileSearch = settings.fileSearch && createFileSearch(parts, settings.fileSearch, onIndexUpdate);
  const codeInterpreter =
    settings.codeInterpreter && new CodeInterpreterTool(store, dataDir, settings.codeInterpreter, log);
  const more = (settings.more ?? []).map((create) => create(parts));
  const tools = byType([codeInterpreter, fileSearch], more);
  sweepExpiredFiles({ store, fileSearch }, registry);
  const threadDeletion = new ThreadDeletion(store, registry, log);
  const hosted = new HostedTools({
    store,
    registry,
    models,
    settings: hostedSettings,
    storeIds: (run) => fileSearch?.storeIds(run) ?? [],
    stores: fileSearch?.stores,
    log,
  });
  const runs = new RunManager(store, registry, { models, tools, hosted, keptRequests, log });
  const checkpointer =
    databaseWorker === undefined || store.isSealed ? undefined : new Checkpointer(store, databaseWorker, log);
  const changeLog = new ChangeLog(store, registry, log);
  const threadIndexer = new ThreadIndexer(store, registry.id, log);
  registry.onTick((alive) => threadIndexer.tick(alive));
  const context = {
    ...{ store, runs, changeLog, registry, threadIndexer, threadDeletion, models, prices, tools },
    ...{ fileSearch, codeInterpreter, runExpirySeconds, keptRequests },
  };
  sweepTrash(context, registry, log);
  const app = createApp(context, log);
  const sweeping = store.isSealed ? Promise.resolve() : store.contents.sweep();
  const swept = sweeping.catch((error: unknown) =>
    log(`Leftovers of uploads could not be deleted: ${String(error)}`),
  );
  const turns = new RequestTurns();
  const end = async (): Promise<void> => {
    // Requests that wait for their turn come first.
    await turns.wait();
    registry.stop();
    changeLog.close();
    try {
      await swept;
      await runs.close();
      await hosted.close();
      await threadIndexer.close();
      await threadDeletion.close();
      const closed = await Promise.allSettled([...tools.values()].map(async (tool) => tool.close?.()));
      for (const one of closed) {
        if (one.status === 'rejected') log(`A tool could not be closed: ${String(one.reason)}`);
      }
      registry.leave();
      await checkpointer?.close();
    } finally {
      store.close();
    }
  };
  let ended: Promise<void> | undefined;
  return {
    fetch: async (input, init) => {
      const request = new Request(input, init);
      // Nothing in most requests waits: a client that sends many would leave no time for other work.
      await turns.next();
      registry.wake();
      const response = await app.fetch(request);
      changeLog.note(request, response);
      registry.wake();
      return response;
    },
    close: () => (ended ??= end()),
  };
}

/** Throws for a type that is not a valid name, or is taken: by functions, another tool, or one of the API. */
function byType(builtIn: readonly (EngineTool | undefined)[], more: readonly EngineTool[]): EngineTools {
  const tools = new Map(builtIn.filter((tool) => tool !== undefined).map((tool) => [tool.type, tool]));
  for (const tool of more) {
    const { type, entry } = tool;
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(type))
      throw new Error(
        `The type of a tool has 1 to 64 letters, digits, underscores or dashes, unlike '${type}'.`,
      );
    if (['function', 'code_interpreter', 'file_search'].includes(type) || tools.has(type))
      throw new Error(`There are two tools of the type '${type}'.`);
    if (!(entry.shape['type'] as z.ZodType | undefined)?.safeParse(type).success)
      throw new Error(`The schema of the tool '${type}' has another type.`);
    tools.set(type, tool);
  }
  return tools;
}

function createFileSearch(
  parts: EngineToolParts,
  settings: FileSearchSettings,
  onIndexUpdate?: OnIndexUpdate,
): FileSearchTool {
  const { store, log } = parts;
  const reader = 'reader' in settings ? settings.reader : new DocumentReader(settings);
  const index = new SearchIndex(store.database);
  const { files, vectorStores, vectorStoreFiles, database } = store;
  const data: TaskData = {
    ...{ files, vectorStores, vectorStoreFiles, database },
    transaction: (work) => store.transaction(work),
    canLock: () => store.canLock(),
  };
  const tasks = new SearchTasks(data, index, log, onIndexUpdate);
  const { worker } = settings;
  let service: SearchService = tasks;
  if (worker !== undefined && !store.isSealed) {
    const inWorker = new WorkerService({ script: worker, store, local: tasks, log, onIndexUpdate });
    // The first search would wait for the worker.
    if (index.hasFiles()) inWorker.rehearse();
    service = inWorker;
  }
  return new FileSearchTool({ ...parts, index, service, reader, onIndexUpdate });
}
