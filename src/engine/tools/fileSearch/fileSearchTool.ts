import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { ToolCall } from 'openai/resources/beta/threads/runs/steps';
import { shortenText } from '../../text/shortenText';
import type { PassageLocation, StoredPassage } from '../../store/tables/runTables';
import { canShrink } from '../../store/maintenance/vacuum';
import { textTokens } from '../../text/tokens';
import type { CallRecord, EngineTool, EngineToolParts, NewCall, RecalledCall } from '../engineTool';
import { maxQueries, queriesIn } from './searchArguments';
import { type SearchAnswer, SearchCall } from './searchCall';
import { fileSearchEntry, fileSearchName, searchOptionsOf } from './searchOptions';
import { passagesText } from './searchResults';
import type { SearchService } from './service/searchService';
import { Embedder } from './stores/embedder';
import type { OnIndexUpdate } from './stores/filesProgress';
import { Ingest } from './stores/ingest';
import type { SearchIndex } from './index/searchIndex';
import type { Reader } from './stores/parts';
import { type Found, type SearchAsked, searchStores } from './stores/search';
import { VectorStoreManager } from './stores/vectorStoreManager';
import { WordsUpdate } from './stores/wordsUpdate';

/** How long a run waits for files that are being read, in milliseconds; after that it continues with the files that are ready. */
const maxWait = 60_000;

/** Of how many files that could not be read the model is told why, and in how many characters each. */
const maxUnread = 3;
const maxReasonLength = 300;

/** Tells the model how to get the rest of a passage that was shortened. */
const searchAdvice = 'If you need them, search for them with other words.';

/** What a model takes of results, as the hosted service had it. */
const usualModels = { results: 20, tokens: 16_000 };
const smallModels = { results: 5, tokens: 4_000 };

export interface FileSearchParts extends EngineToolParts {
  index: SearchIndex;
  service: SearchService;
  reader: Reader;
  onIndexUpdate?: OnIndexUpdate;
}

/** The tool `file_search`: the vector stores, the reading of their files, and the search of runs. */
export class FileSearchTool implements EngineTool {
  readonly type = fileSearchName;
  readonly entry = fileSearchEntry;
  readonly stores: VectorStoreManager;
  readonly ingest: Ingest;
  readonly #embedder: Embedder;
  readonly #wordsUpdate: WordsUpdate;

  constructor(private readonly parts: FileSearchParts) {
    const { store, index, reader, service, registry, log, onIndexUpdate } = parts;
    this.#embedder = new Embedder(parts.models, parts.embeddings);
    this.stores = new VectorStoreManager(store, index);
    const { id: owner } = registry;
    const embedder = this.#embedder;
    const onWake = (): void => this.#cleanUp();
    this.ingest = new Ingest({ store, index, reader, service, embedder, owner, onWake, log });
    this.#wordsUpdate = new WordsUpdate({ store, index, owner, log, onIndexUpdate });
    registry.onTick((alive) => {
      this.stores.expireDue();
      this.ingest.tick(alive);
      this.#wordsUpdate.tick(alive);
      // One engine continues what another has begun and left.
      if ([...alive].sort()[0] === registry.id) this.#cleanUp();
    });
  }

  /** Starts to delete what is left of removed stores and files, and to shrink the database file, if that is due. */
  #cleanUp(): void {
    const { store, index, service } = this.parts;
    if (store.isSealed || !store.isOpen) return;
    const isLeft = store.vectorStores.hasEmptied() || index.hasWork();
    // Once for all that is being deleted.
    const isDueToShrink = canShrink(store.database) && store.threads.anyDeleted() === undefined;
    if (isLeft || isDueToShrink) service.cleanUp();
  }

  readonly definition: EngineTool['definition'] = {
    description:
      'Searches the files of the user, and returns the passages that fit best, each after its mark, such as ' +
      '【0:2†notes.txt】. Cite what you take from a passage: write its mark, exactly as it stands, after the sentence ' +
      'that it supports. Use it whenever the files may hold the answer.',
    parameters: {
      type: 'object',
      properties: {
        query: {
          type: 'string',
          description: 'What to look for: a question, or the words it may be told in.',
        },
        queries: {
          type: 'array',
          items: { type: 'string' },
          description: `Instead of one query up to ${maxQueries}, where several things are asked for.`,
        },
      },
    },
  };

  /** Records a use of a store, if the database can be written to: a search is possible on a full disk, too. */
  #touch(id: string): void {
    try {
      this.stores.touch(id);
    } catch (error) {
      if (this.parts.store.storeErrorOf(error) === undefined) throw error;
    }
  }

  /** Searches vector stores, which count as used by that. */
  async search(asked: SearchAsked, signal: AbortSignal): Promise<Found[]> {
    const { index, service, log } = this.parts;
    for (const id of asked.storeIds) this.#touch(id);
    return searchStores({ index, service, embedder: this.#embedder, log }, asked, signal);
  }

  /** Waits, for a time, until the files that a run may search are read. */
  async prepare(run: Run, signal: AbortSignal): Promise<void> {
    await this.ingest.settled(this.storeIds(run), maxWait, signal);
  }

  warmUp(run: Run): void {
    const storeIds = this.storeIds(run);
    if (storeIds.length > 0) this.parts.service.warmUp(storeIds);
  }

  begin(call: NewCall): SearchCall {
    return new SearchCall(call, this.parts.store, (json, signal) => this.#answer(call.run, json, signal));
  }

  recall(_call: ToolCall, { search }: CallRecord, maxTokens: number): RecalledCall | undefined {
    if (!search) return undefined;
    const whole = passagesText(search);
    const { text, shortened } = shortenText(passagesText(search, maxTokens), maxTokens, searchAdvice);
    return { arguments: search.arguments, output: text, shortened: shortened || text.length < whole.length };
  }

  /** Searches for a run, with the arguments as the model wrote them. */
  async #answer(run: Run, json: string, signal: AbortSignal): Promise<SearchAnswer> {
    const queries = queriesIn(json);
    if (queries.length === 0) return { passages: [], note: 'Say in `query` what to look for.' };
    const storeIds = this.storeIds(run);
    const options = searchOptionsOf(run);
    const bounds = run.model.includes('gpt-3.5') ? smallModels : usualModels;
    const limit = options?.max_num_results ?? bounds.results;
    const scoreThreshold = options?.ranking_options?.score_threshold;
    const found = await this.search({ storeIds, queries, limit, scoreThreshold }, signal);
    const passages = withinTokens(found.map(keptPassage), bounds.tokens);
    const notes = [
      ...(passages.length > 0 ? [] : [this.#whyNothing(run, storeIds)]),
      ...this.#unread(storeIds),
    ];
    return notes.length > 0 ? { passages, note: notes.join('\n') } : { passages };
  }

  async close(): Promise<void> {
    await this.#wordsUpdate.close();
    await this.ingest.close();
    await this.parts.service.close();
    await this.parts.reader.close();
  }

  /** The vector stores of the run's assistant and thread that are there to be searched. */
  storeIds(run: Run): string[] {
    return this.#named(run).filter((id) => {
      const stored = this.stores.get(id);
      return stored && !stored.expired;
    });
  }

  #named(run: Run): string[] {
    const { assistants, threads } = this.parts.store;
    const resources = [
      assistants.get(run.assistant_id)?.tool_resources,
      threads.get(run.thread_id)?.tool_resources,
    ];
    return [...new Set(resources.flatMap((resource) => resource?.file_search?.vector_store_ids ?? []))];
  }

  #whyNothing(run: Run, storeIds: readonly string[]): string {
    const { vectorStoreFiles } = this.parts.store;
    const counts = storeIds.map((id) => vectorStoreFiles.counts('vector_store_id', id).counts);
    const files = counts.reduce((sum, { completed }) => sum + completed, 0);
    const reading = counts.reduce((sum, { in_progress }) => sum + in_progress, 0);
    const failed = counts.reduce((sum, one) => sum + one.failed, 0);
    if (storeIds.length < this.#named(run).length && files + reading + failed === 0) {
      return 'The files are not there any more: their vector store has expired, or was deleted.';
    }
    if (reading > 0) return `Nothing fits so far: ${reading} files are still being read.`;
    if (files === 0) {
      return failed > 0 ? 'None of the files could be read.' : 'There are no files to search.';
    }
    return 'Nothing in the files fits these words. Other words may find it.';
  }

  /** The files that could not be read, those added last, as a note in brackets; nothing where all could. */
  #unread(storeIds: readonly string[]): string[] {
    const { vectorStoreFiles, files } = this.parts.store;
    const failed = storeIds.map((vector_store_id) =>
      vectorStoreFiles.page({ vector_store_id, status: 'failed' }, { limit: maxUnread, order: 'desc' }),
    );
    const count = storeIds.reduce(
      (sum, id) => sum + vectorStoreFiles.counts('vector_store_id', id).counts.failed,
      0,
    );
    if (count === 0) return [];
    const told = failed
      .flatMap(({ data }) => data)
      .sort((a, b) => b.created_at - a.created_at)
      .slice(0, maxUnread)
      .map(({ id, last_error }) => {
        const name = files.get(id)?.filename ?? id;
        const why = (last_error?.message ?? '').replace(/\s+/g, ' ').slice(0, maxReasonLength);
        return why.includes(name) ? why : `“${name}”: ${why}`;
      });
    const more = count > told.length ? ` And ${count - told.length} more.` : '';
    return [`[Files that could not be read: ${told.join(' ')}${more}]`];
  }
}

function keptPassage({ fileId, filename, score, chunk }: Found): StoredPassage {
  return { file_id: fileId, file_name: filename, score, text: chunk.text, location: locationOf(chunk) };
}

/** Where a passage is in the text of its file. */
export function locationOf({ start, end, line, page }: Found['chunk']): PassageLocation {
  return { start, end, line, ...(page !== undefined && { page }) };
}

/** As many passages as fit, one at least. */
function withinTokens(passages: StoredPassage[], most: number): StoredPassage[] {
  let tokens = 0;
  return passages.filter(({ text }, at) => {
    tokens += textTokens(text);
    return at === 0 || tokens <= most;
  });
}
