import type { FileSearchTool } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { resolveModel } from '../models/connections';
import {
  type HostedToolName,
  type HostedTools as RequestedTools,
  ModelError,
  type ModelConnection,
} from '../models/modelProvider';
import type { EngineRegistry } from '../engineRegistry';
import type { Store } from '../store/store';
import { codeFiles } from '../tools/codeInterpreter/codeInterpreterTool';
import type { VectorStoreManager } from '../tools/fileSearch/stores/vectorStoreManager';
import { HostedRun } from './hostedRun';
import { Mirror } from './mirror';

/** Which tools are left to the provider of a run's model, if it has them. */
export interface HostedSettings {
  fileSearch: boolean;
  codeInterpreter: boolean;
}

export interface HostedParts {
  store: Store;
  registry: EngineRegistry;
  models: () => readonly ModelConnection[];
  /** Re-read for each run. */
  settings: () => HostedSettings;
  /** The vector stores that a run may search. */
  storeIds: (run: Run) => string[];
  /** Undefined if this engine has no file search. */
  stores?: VectorStoreManager;
  log: (message: string) => void;
}

/** Ticks until a failed deletion at a provider is retried; doubled with each failure, up to the maximum. */
const firstPause = 15;
const maxPause = 960;

/** The tools that providers answer themselves. Copies the files that these need, and deletes the copies. */
export class HostedTools {
  readonly #stop = new AbortController();
  /** The last copying at each place: runs copy one after another, so that nothing is copied twice. */
  readonly #queues = new Map<string, Promise<unknown>>();
  #deleting: Promise<void> = Promise.resolve();
  #isDeleting = false;
  #pause = 0;
  #wait = 0;

  constructor(private readonly parts: HostedParts) {
    parts.registry.onTick(() => this.#tick());
  }

  /**
   * Copies what a run needs to the provider of its model. Undefined if the provider has no such tools,
   * or the run uses none of them. Throws ModelError with a message for the user.
   */
  async prepare(run: Run, signal: AbortSignal): Promise<HostedRun | undefined> {
    const { store, stores, settings } = this.parts;
    if (!run.tools.some(({ type }) => type !== 'function')) return undefined;
    const { connection } = resolveModel(this.parts.models(), run.model);
    const mirror = this.#mirrorOf(connection);
    if (!mirror) return undefined;
    const wanted = settings();
    const storeIds = wanted.fileSearch && has(run, 'file_search') ? this.parts.storeIds(run) : [];
    const runsCode = wanted.codeInterpreter && has(run, 'code_interpreter');
    if (storeIds.length === 0 && !runsCode) return undefined;

    const tools = await this.#enqueue(mirror.place, async (): Promise<RequestedTools> => {
      signal.throwIfAborted();
      const copies: RequestedTools = {};
      if (storeIds.length > 0) {
        const ids = await mirror.syncStores(storeIds, signal);
        copies.fileSearch = { storeIds: ids, ...searchOptions(run) };
      }
      if (runsCode) {
        const files = codeFiles(store, run).filter((id) => store.files.get(id));
        copies.codeInterpreter = { fileIds: await eachOf(files, (id) => mirror.syncCodeFile(id, signal)) };
      }
      return copies;
    }).catch((error: unknown) => {
      throw withAdvice(error);
    });
    for (const id of storeIds) stores?.touch(id);
    const { hosted: remote } = connection.provider;
    return remote && new HostedRun({ store, stores, storeIds, place: mirror.place, remote, tools });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#deleting;
  }

  #mirrorOf({ id, label, provider }: ModelConnection): Mirror | undefined {
    const { hosted } = provider;
    return hosted && new Mirror(this.parts.store, hosted, `${id}@${hosted.place}`, label, this.parts.log);
  }

  async #enqueue<R>(place: string, work: () => Promise<R>): Promise<R> {
    const before = this.#queues.get(place) ?? Promise.resolve();
    const done = before.then(work, work);
    this.#queues.set(
      place,
      done.then(
        () => undefined,
        () => undefined,
      ),
    );
    return done;
  }

  #tick(): void {
    if (this.#isDeleting || this.#stop.signal.aborted || this.#wait-- > 0) return;
    this.#isDeleting = true;
    this.#deleting = this.#deleteLeftovers()
      .catch((error: unknown) => this.parts.log(`Copies of files were not deleted: ${String(error)}`))
      .finally(() => (this.#isDeleting = false));
  }

  async #deleteLeftovers(): Promise<void> {
    const done: boolean[] = [];
    for (const connection of this.parts.models()) done.push(await this.#deleteAt(connection));
    this.#pause = done.every(Boolean) ? 0 : Math.min(maxPause, this.#pause * 2 || firstPause);
    this.#wait = this.#pause;
  }

  async #deleteAt(connection: ModelConnection): Promise<boolean> {
    try {
      await this.#mirrorOf(connection)?.deleteLeftovers(this.#stop.signal);
      return true;
    } catch (error) {
      if (!this.#stop.signal.aborted)
        this.parts.log(
          `Copies of deleted files could not be deleted at their provider yet: ${(error as Error).message}`,
        );
      return false;
    }
  }
}

/** Adds advice for the user to an error of a provider's tools. */
export function withAdvice(error: unknown): unknown {
  if (!(error instanceof ModelError) || error.tooLong) return error;
  const advice =
    'If its tools are not available, set `assistantsStudio.fileSearch` and `assistantsStudio.codeInterpreter` to `local`.';
  return new ModelError(`${error.message} ${advice}`, error.code, error.status, { cause: error });
}

function has(run: Run, name: HostedToolName): boolean {
  return run.tools.some(({ type }) => type === name);
}

/** Copies files one after another. */
async function eachOf(ids: readonly string[], copy: (id: string) => Promise<string>): Promise<string[]> {
  const copies: string[] = [];
  for (const id of ids) copies.push(await copy(id));
  return copies;
}

function searchOptions(run: Run): { maxResults?: number; scoreThreshold?: number } {
  const { max_num_results: maxResults, ranking_options } =
    run.tools.find((tool): tool is FileSearchTool => tool.type === 'file_search')?.file_search ?? {};
  const scoreThreshold = ranking_options?.score_threshold;
  return {
    ...(maxResults !== undefined && { maxResults }),
    ...(scoreThreshold !== undefined && { scoreThreshold }),
  };
}
