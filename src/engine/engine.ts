import { createApp } from './api/app';
import { type HostedSettings, HostedTools } from './hosted/hostedTools';
import type { ModelConnection } from './models/modelProvider';
import { EngineRegistry } from './engineRegistry';
import { RunManager } from './runs/manager';
import { Store } from './store/store';
import { DocumentReader } from './tools/fileSearch/documentReader';
import type { EngineTool, EngineToolFactory, EngineToolParts, EngineTools } from './tools/engineTool';
import { SearchIndex } from './tools/fileSearch/index/searchIndex';
import { FileSearchTool } from './tools/fileSearch/fileSearchTool';
import type { Reader } from './tools/fileSearch/stores/parts';
import {
  type CodeInterpreterSettings,
  CodeInterpreterTool,
} from './tools/codeInterpreter/codeInterpreterTool';
import { ChangeLog } from './changeLog';

export interface EngineOptions {
  /** Folder of the database and the files; made if missing. Several processes may share it. */
  dataDir: string;
  /** The connections as they are now; asked anew at every use. The first one owns bare model ids. */
  models: () => readonly ModelConnection[];
  /** The tools that the engine itself answers. A run with one that is left out is refused. */
  tools?: ToolSettings;
  /** The embeddings model that files are searched with beside their words, as `connection/model`; asked anew at every use. */
  embeddings?: () => string | undefined;
  /** The tools that a run's model answers at its provider, where that has them; asked anew at every run. None by default. */
  hosted?: () => HostedSettings;
  /** Seconds a run may take before it expires, waiting for function outputs included. Default 24 hours. */
  runExpirySeconds?: number;
  /** How often it shows other engines that it lives, and looks after what they left, in milliseconds. */
  tickInterval?: number;
  /** Where faults that no caller sees are reported. */
  log?: (message: string) => void;
}

export interface ToolSettings {
  codeInterpreter?: CodeInterpreterSettings;
  fileSearch?: FileSearchSettings;
  /** Further tools, each of a type of its own. */
  more?: readonly EngineToolFactory[];
}

/** The built script of the process that reads documents, or what reads them in its place. */
export type FileSearchSettings = { script: string } | { reader: Reader };

/** The Assistants service: the `fetch` of an `openai` client, with no server behind it. */
export interface Engine {
  fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /**
   * Stops the work of this process. Runs under way are handed over: the next engine on the same
   * folder takes them up again.
   */
  close(): Promise<void>;
}

/** A person may need a day to fill in a form; the hosted service gave ten minutes. */
const defaultExpiry = 24 * 60 * 60;

/** Opens the data folder and serves it. Throws StoreError where the folder cannot be used. */
export function createEngine({
  dataDir,
  models,
  tools: settings = {},
  embeddings = () => undefined,
  hosted: hostedSettings = () => ({ fileSearch: false, codeInterpreter: false }),
  runExpirySeconds = defaultExpiry,
  tickInterval,
  log = () => undefined,
}: EngineOptions): Engine {
  const store = new Store(dataDir);
  const registry = new EngineRegistry(store, log, tickInterval);
  const parts: EngineToolParts = { store, registry, models, embeddings, log };
  const fileSearch = settings.fileSearch && createFileSearch(parts, settings.fileSearch);
  const tools = byType([
    settings.codeInterpreter && new CodeInterpreterTool(store, dataDir, settings.codeInterpreter, log),
    fileSearch,
    ...(settings.more ?? []).map((create) => create(parts)),
  ]);
  const hosted = new HostedTools({
    store,
    registry,
    models,
    settings: hostedSettings,
    storeIds: (run) => fileSearch?.storeIds(run) ?? [],
    stores: fileSearch?.stores,
    log,
  });
  const runs = new RunManager(store, registry, { models, tools, hosted, log });
  const changeLog = new ChangeLog(store, registry, log);
  const app = createApp({ store, runs, changeLog, models, tools, fileSearch, runExpirySeconds }, log);
  const swept = store.contents
    .sweep()
    .catch((error: unknown) => log(`What uploads have left could not be deleted: ${String(error)}`));
  const end = async (): Promise<void> => {
    registry.stop();
    changeLog.close();
    try {
      await swept;
      await runs.close();
      await hosted.close();
      for (const tool of tools.values()) await tool.close?.();
      registry.leave();
    } finally {
      store.close();
    }
  };
  let ended: Promise<void> | undefined;
  return {
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const response = await app.fetch(request);
      changeLog.note(request, response);
      return response;
    },
    close: () => (ended ??= end()),
  };
}

function byType(tools: readonly (EngineTool | undefined)[]): EngineTools {
  return new Map(tools.filter((tool) => tool !== undefined).map((tool) => [tool.type, tool]));
}

function createFileSearch(parts: EngineToolParts, settings: FileSearchSettings): FileSearchTool {
  const reader = 'reader' in settings ? settings.reader : new DocumentReader(settings);
  return new FileSearchTool({ ...parts, index: new SearchIndex(parts.store.database), reader });
}
