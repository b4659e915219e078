/** Reads the objects of a service with the Assistants API, page by page. */
import type OpenAI from 'openai';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { isApiError } from '../apiErrors';
import { isFields } from '../objects';

const contents = 'step_details.tool_calls[*].file_search.results[*].content';
const pageSize = 100;

/** The items of a list, each once, without those that are no objects. Ends where a server sends the same pages for ever. */
export async function* itemsOnce<T extends { id: string }>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const seen = new Set<unknown>();
  let repeated = 0;
  for await (const item of items) {
    if (!isFields(item)) continue;
    const id: unknown = item.id;
    if (seen.has(id) && ++repeated > pageSize) return;
    if (seen.has(id)) continue;
    repeated = 0;
    seen.add(id);
    yield item;
  }
}

/** All threads, oldest first. Throws the service's 404 if it lists none. */
export async function* listThreads(client: OpenAI, signal?: AbortSignal): AsyncGenerator<Thread> {
  const seen = new Set<string>();
  for (let after: string | undefined; ;) {
    const query = { order: 'asc', limit: pageSize, ...(after !== undefined && { after }) };
    const page = await client.get<{ data?: unknown; has_more?: boolean }>('/threads', { query, signal });
    const threads = (Array.isArray(page.data) ? page.data : []).filter(
      (thread): thread is Thread => isFields(thread) && typeof thread['id'] === 'string',
    );
    const fresh = threads.filter(({ id }) => !seen.has(id));
    for (const thread of fresh) {
      seen.add(thread.id);
      yield thread;
    }
    // A page of known threads would be the last one for ever.
    if (!page.has_more || fresh.length === 0) return;
    after = threads.at(-1)?.id;
  }
}

/** The messages of a thread, oldest first. */
export function listMessages(client: OpenAI, threadId: string, signal?: AbortSignal): AsyncIterable<Message> {
  return itemsOnce(
    client.beta.threads.messages.list(threadId, { order: 'asc', limit: pageSize }, { signal }),
  );
}

/** The runs of a thread, oldest first. */
export function listRuns(client: OpenAI, threadId: string, signal?: AbortSignal): AsyncIterable<Run> {
  return itemsOnce(client.beta.threads.runs.list(threadId, { order: 'asc', limit: pageSize }, { signal }));
}

/** Reads the steps of runs, with all that the service has of them. */
export class StepReader {
  /** Whether the service takes our engine's `include[]=turn`. */
  #hasTurns = true;
  #hasContents = true;

  constructor(
    private readonly client: OpenAI,
    private readonly signal?: AbortSignal,
  ) {}

  async stepsOf({ id, thread_id }: Pick<Run, 'id' | 'thread_id'>): Promise<RunStep[]> {
    for (;;) {
      try {
        const include = [...(this.#hasContents ? [contents] : []), ...(this.#hasTurns ? ['turn'] : [])];
        const steps: RunStep[] = [];
        const list = this.client.beta.threads.runs.steps.list(
          id,
          {
            thread_id,
            order: 'asc',
            limit: pageSize,
            ...(include.length > 0 && { include: include as never }),
          },
          { signal: this.signal },
        );
        for await (const step of itemsOnce(list)) steps.push(withoutEmptyTurn(step));
        return steps;
      } catch (error) {
        const isRejected = isApiError(error) && error.status === 400;
        if (!isRejected || !(this.#hasTurns || this.#hasContents)) throw error;
        if (this.#hasTurns) this.#hasTurns = false;
        else this.#hasContents = false;
      }
    }
  }
}

function withoutEmptyTurn(step: RunStep): RunStep {
  const { turn } = step as { turn?: unknown };
  if (typeof turn !== 'object' || turn === null || Object.keys(turn).length > 0) return step;
  return Object.fromEntries(Object.entries(step).filter(([name]) => name !== 'turn')) as unknown as RunStep;
}

/** The ids of the files that a message, step, assistant or thread names. */
export function fileIdsOf(object: unknown): string[] {
  const ids = new Set<string>();
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > 20) return;
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'file_id' && typeof inner === 'string') ids.add(inner);
      else if (name === 'file_ids' && Array.isArray(inner))
        inner.forEach((id) => typeof id === 'string' && ids.add(id));
      // What users and models wrote is no reference.
      else if (!['metadata', 'arguments', 'parameters'].includes(name)) visit(inner, depth + 1);
    }
  };
  visit(object, 0);
  return [...ids];
}

/** The ids of the vector stores that an assistant or thread names. */
export function storeIdsOf({ tool_resources }: { tool_resources?: unknown }): string[] {
  const { file_search } = (tool_resources ?? {}) as { file_search?: { vector_store_ids?: unknown } };
  const ids = file_search?.vector_store_ids;
  return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
}
