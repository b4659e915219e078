import type { FileSearchToolCall } from 'openai/resources/beta/threads/runs/steps';
import type { StoredPassage, StoredSearch } from '../../store/tables/runTables';
import type { Store } from '../../store/store';
import type { CallRecord, EngineCall, HostedCallEvent, HostedResults, NewCall } from '../engineTool';
import { searchArguments } from './searchArguments';
import { fileSearchName, rankingOf } from './searchOptions';
import { shortResult } from './searchResults';

/** What a search found for the model. */
export interface SearchAnswer {
  /** The best one first. */
  passages: StoredPassage[];
  /** What else the model has to know: why there are no passages, and which files could not be read. */
  note?: string;
}

/** A file search under way. */
export class SearchCall implements EngineCall {
  #arguments = '';
  #shown: FileSearchToolCall['file_search'] = {};

  constructor(
    private readonly call: NewCall,
    private readonly store: Store,
    /** `json`: the arguments as the model wrote them. */
    private readonly search: (json: string, signal: AbortSignal) => Promise<SearchAnswer>,
  ) {}

  get toolCall(): FileSearchToolCall {
    return { id: this.call.id, type: fileSearchName, file_search: this.#shown };
  }

  argumentsWritten(json: string): void {
    this.#arguments = json;
  }

  async answer(signal: AbortSignal): Promise<CallRecord> {
    const found = await this.search(this.#arguments, signal);
    return this.#found(searchArguments(this.#arguments), found);
  }

  hosted(event: HostedCallEvent, results: HostedResults): Promise<CallRecord | undefined> {
    if (event.type !== 'hosted_search') return Promise.resolve(undefined);
    const passages = event.passages.map((passage) => results.passage(passage));
    return Promise.resolve(this.#found(JSON.stringify({ queries: event.queries }), { passages }));
  }

  /** Numbers the search within its thread, so that its passages can be cited. */
  #found(json: string, { passages, note }: SearchAnswer): CallRecord {
    const { run } = this.call;
    const number = this.store.steps.nextSearchNumber(run.thread_id);
    const search: StoredSearch = { number, arguments: json, passages, ...(note !== undefined && { note }) };
    this.#shown = { ranking_options: rankingOf(run), results: passages.map(shortResult) };
    return { search };
  }
}
