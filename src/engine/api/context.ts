import type { Assistant } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { FileObject } from 'openai/resources/files';
import type { EngineRegistry } from '../engineRegistry';
import { ApiError, notFound } from '../errors';
import type { ModelConnection } from '../models/modelProvider';
import type { ModelPrice } from '../models/prices';
import type { RunManager } from '../runs/manager';
import type { Store } from '../store/store';
import type { StoredThread } from '../store/tables/threadTable';
import type { StoredVectorStore } from '../store/tables/vectorStoreTables';
import type { EngineTools } from '../tools/engineTool';
import type { CodeInterpreterTool } from '../tools/codeInterpreter/codeInterpreterTool';
import type { FileSearchTool } from '../tools/fileSearch/fileSearchTool';
import type { ChangeLog } from '../changeLog';
import type { ThreadDeletion } from '../threadDeletion';
import type { ThreadIndexer } from '../threadSearch/threadIndexer';

/** The parts that the API's routes work with. */
export interface ApiContext {
  store: Store;
  runs: RunManager;
  changeLog: ChangeLog;
  registry: EngineRegistry;
  threadIndexer: ThreadIndexer;
  threadDeletion: ThreadDeletion;
  models: () => readonly ModelConnection[];
  /** The prices of models that the user has set, by their ids with or without the connection. */
  prices: () => ReadonlyMap<string, ModelPrice>;
  tools: EngineTools;
  /** None: this engine has no such tool, and no vector stores. */
  fileSearch?: FileSearchTool;
  /** Undefined if this engine has no such tool. */
  codeInterpreter?: CodeInterpreterTool;
  /** Seconds after its creation at which a run expires. */
  runExpirySeconds: number;
  /** How many of the newest requests to models are kept; re-read for each. */
  keptRequests: () => number;
}

/** Other engines have deleted a thread that this one was writing: it was suspended for so long that they took it for dead. */
export function copyLost(): ApiError {
  return new ApiError(503, 'This program was suspended for too long to complete the thread. Try again.');
}

export function requireAssistant({ store }: ApiContext, id: string): Assistant {
  const assistant = store.assistants.get(id);
  if (!assistant) throw notFound('assistant', id);
  return assistant;
}

export function requireThread({ store }: ApiContext, id: string): StoredThread {
  const thread = store.threads.get(id);
  if (!thread) throw notFound('thread', id);
  return thread;
}

export function requireRun(context: ApiContext, threadId: string, id: string): Run {
  requireThread(context, threadId);
  const run = context.store.runs.get(id);
  if (run?.thread_id !== threadId) throw notFound('run', id);
  return run;
}

/** A file that exists and has not expired. */
export function requireFile({ store }: ApiContext, id: string): FileObject {
  const file = store.files.get(id);
  if (!file) throw notFound('file', id);
  return file;
}

export function requireVectorStore({ fileSearch }: ApiContext, id: string): StoredVectorStore {
  const stored = fileSearch?.stores.get(id);
  if (!stored) throw notFound('vector store', id);
  return stored;
}
