import type { MessageContent } from 'openai/resources/beta/threads/messages';
import type { RunStep, ToolCall } from 'openai/resources/beta/threads/runs/steps';
import type { StepTurn, StoredSearch } from '../../store/tables/runTables';
import type { StoredThread } from '../../store/tables/threadTable';
import { unixTime } from '../../ids';
import type { ApiContext } from '../context';
import { messageEnd, runEnd, stepEnd } from './finished';
import { derivedId, type Holder, type ImportedIds } from './importedIds';
import type { Imported, ImportedAnnotation, ImportedPassage } from './importedObjects';
import { Origins } from './origins';

/** The id of a thread is not free yet: one that had it is being deleted. */
export class BeingDeletedError extends Error {
  override readonly name = 'BeingDeletedError';
  constructor(readonly id: string) {
    super(`The thread '${id}' is being deleted.`);
  }
}

/** How many objects were written of each kind. */
export interface AddedCounts {
  messages: number;
  runs: number;
  run_steps: number;
}

/**
 * Writes a thread with its runs, messages and steps. A new thread is hidden until `end`, so that it is there as a
 * whole or not at all. To a thread that is there already, only what has come since is added, by `end`. Call the
 * methods in a transaction.
 */
export class ThreadImport {
  readonly added: AddedCounts = { messages: 0, runs: 0, run_steps: 0 };
  /** Whether the thread is new. */
  readonly isNew: boolean;
  /** Whether the thread was in the trash. */
  readonly isRestored: boolean;
  readonly id: string;
  readonly #createdAt: number;
  /** The writes to an existing thread. */
  readonly #later: (() => void)[] = [];
  /** Ids that `#later` will write. */
  readonly #awaited = new Set<string>();
  /** When the newest message of an existing thread was created, in seconds. */
  readonly #newest: number;
  /** Of the messages of a new thread. */
  readonly #origins: Origins | undefined;
  #unnamed = 0;

  constructor(
    private readonly context: ApiContext,
    private readonly ids: ImportedIds,
    private readonly thread: Imported<'thread'>,
  ) {
    const { threads, messages } = context.store;
    const createdAt = thread.created_at ?? null;
    let isRestored = false;
    const holderOf = (id: string): Holder => {
      if (threads.isBeingDeleted(id)) throw new BeingDeletedError(id);
      // What is imported is wanted again.
      const wasTrashed = threads.isTrashed(id) && threads.setTrashed(id, null);
      const held = threads.get(id);
      const holder = held && (createdAt === null || held.created_at === createdAt ? 'same' : 'other');
      if (wasTrashed && holder === 'other') threads.setTrashed(id, unixTime());
      else isRestored ||= wasTrashed;
      return holder;
    };
    const { id, exists } = ids.place({ prefix: 'thread', sourceId: thread.id, createdAt, holderOf });
    this.id = id;
    this.isNew = !exists;
    this.isRestored = isRestored && exists;
    this.#createdAt = createdAt ?? unixTime();
    this.#newest = exists
      ? (messages.page({ thread_id: id }, { limit: 1, order: 'desc' }).data[0]?.created_at ?? 0)
      : 0;
    if (!this.isNew) return;
    const stored = this.#stored();
    threads.insertHidden(stored, context.registry.id);
    this.#origins = new Origins(context.store, stored);
  }

  /** Id of the thread where it comes from. */
  get sourceId(): string {
    return this.thread.id;
  }

  /** Whether other engines have deleted what was written: they had counted this one as dead. */
  get isLost(): boolean {
    const { store, registry } = this.context;
    return this.isNew && !store.threads.isCopiedBy(this.id, registry.id);
  }

  /** Adds a run. Returns whether it was not there. */
  run(run: Imported<'thread.run'>): boolean {
    const { runs } = this.context.store;
    const createdAt = run.created_at ?? this.#createdAt;
    const { truncation_strategy } = run;
    return this.#add('runs', {
      prefix: 'run',
      sourceId: run.id,
      createdAt: run.created_at ?? null,
      held: (id) => runs.get(id),
      insert: (id) =>
        runs.insert(
          {
            ...run,
            ...runEnd(run, createdAt),
            id,
            object: 'thread.run',
            created_at: createdAt,
            thread_id: this.id,
            assistant_id: this.ids.of(run.assistant_id, 'asst'),
            truncation_strategy: {
              type: truncation_strategy?.type ?? 'auto',
              last_messages: truncation_strategy?.last_messages ?? null,
            },
          },
          { settings: '{}' },
        ),
    });
  }

  /** Adds a message. Returns whether it was not there. */
  message(message: Imported<'thread.message'>): boolean {
    const { messages } = this.context.store;
    const createdAt = message.created_at ?? this.#createdAt;
    const { run_id, assistant_id } = message;
    // Importing again finds the same id.
    const sourceId = message.id ?? derivedId('msg', this.thread.id, this.#unnamed++, JSON.stringify(message));
    return this.#add('messages', {
      prefix: 'msg',
      sourceId,
      createdAt: message.created_at ?? null,
      held: (id) => messages.get(id),
      insert: (id) =>
        messages.insert(
          {
            ...messageEnd(message, createdAt),
            id,
            object: 'thread.message',
            created_at: createdAt,
            thread_id: this.id,
            role: message.role,
            content: message.content.map((part) => this.#contentPart(part)),
            assistant_id: assistant_id === null ? null : this.ids.of(assistant_id, 'asst'),
            run_id: run_id === null ? null : this.ids.of(run_id, 'run'),
            attachments:
              message.attachments?.map(({ file_id, tools }) => ({
                file_id: this.ids.of(file_id, 'file'),
                tools,
              })) ?? [],
            metadata: message.metadata,
          },
          { origin: this.#origins?.next() ?? null },
        ),
    });
  }

  /** Adds a step of a run that was added before. Returns whether it was not there. Throws if its run is missing. */
  step(step: Imported<'thread.run.step'>): boolean {
    const { runs, steps } = this.context.store;
    const runId = this.ids.of(step.run_id, 'run');
    const run = runs.get(runId);
    if (!this.#awaited.has(runId) && run?.thread_id !== this.id)
      throw new Error(`Its run '${runId}' is missing.`);
    const createdAt = step.created_at ?? run?.created_at ?? this.#createdAt;
    return this.#add('run_steps', {
      prefix: 'step',
      sourceId: step.id,
      createdAt: step.created_at ?? null,
      held: (id) => steps.withHidden.get(id),
      insert: (id) => {
        const { details, turn } = this.#details(step);
        const isHidden = details.type === 'tool_calls' && details.tool_calls.length === 0;
        const written = {
          ...stepEnd(step, createdAt),
          id,
          object: 'thread.run.step',
          created_at: createdAt,
          assistant_id:
            step.assistant_id === null ? (run?.assistant_id ?? '') : this.ids.of(step.assistant_id, 'asst'),
          thread_id: this.id,
          run_id: runId,
          type: details.type,
          step_details: details,
          metadata: step.metadata,
          usage: step.usage,
        } as RunStep;
        steps.insertCopy(written, JSON.stringify(turn), isHidden ? 1 : 0);
      },
    });
  }

  /** Writes what was added to an existing thread, or shows a new one. */
  end(): void {
    const { store } = this.context;
    if (!this.isNew) return this.#later.forEach((write) => write());
    const last = this.#origins?.last;
    if (last !== undefined) store.threads.setSlot(this.id, last);
    store.threads.show(this.id);
  }

  /** Deletes what there is of a new thread. */
  abandon(): void {
    if (this.isNew) this.context.threadDeletion.delete(this.id);
  }

  #stored(): StoredThread {
    const { metadata, tool_resources: resources, forked_from: fork, conversation } = this.thread;
    const files = resources?.code_interpreter?.file_ids;
    const stores = resources?.file_search?.vector_store_ids;
    return {
      id: this.id,
      object: 'thread',
      created_at: this.#createdAt,
      metadata,
      tool_resources: {
        ...(files && { code_interpreter: { file_ids: files.map((id) => this.ids.of(id, 'file')) } }),
        ...(stores && { file_search: { vector_store_ids: stores.map((id) => this.ids.of(id, 'vs')) } }),
      },
      ...(fork && {
        forked_from: {
          thread_id: this.ids.of(fork.thread_id, 'thread'),
          message_id: fork.message_id === null ? null : this.ids.of(fork.message_id, 'msg'),
        },
      }),
      ...(conversation !== undefined && {
        conversation: conversation === this.thread.id ? this.id : this.ids.of(conversation, 'thread'),
      }),
    };
  }

  #add(
    kind: keyof AddedCounts,
    object: {
      prefix: 'run' | 'msg' | 'step';
      sourceId: string;
      createdAt: number | null;
      held: (id: string) => { thread_id: string; created_at: number } | undefined;
      insert: (id: string) => unknown;
    },
  ): boolean {
    const { prefix, sourceId, createdAt, held, insert } = object;
    const holderOf = (id: string): Holder => {
      if (this.#awaited.has(id)) return 'same';
      const holder = held(id);
      if (!holder) return undefined;
      const isSame = holder.thread_id === this.id && (createdAt === null || holder.created_at === createdAt);
      return isSame ? 'same' : 'other';
    };
    const { id, exists } = this.ids.place({ prefix, sourceId, createdAt, holderOf });
    if (exists) return false;
    if (!this.isNew) {
      // What was there and was deleted stays deleted.
      if (createdAt === null || createdAt < this.#newest) return false;
      this.#awaited.add(id);
      this.#later.push(() => insert(id));
    } else insert(id);
    this.added[kind]++;
    return true;
  }

  #contentPart(part: Imported<'thread.message'>['content'][number]): MessageContent {
    if (part.type === 'image_file')
      return {
        ...part,
        image_file: { ...part.image_file, file_id: this.ids.of(part.image_file.file_id, 'file') },
      };
    if (part.type !== 'text') return part;
    const annotations = part.text.annotations.map((one) => this.#annotation(one));
    return { ...part, text: { ...part.text, annotations } } as MessageContent;
  }

  #annotation(annotation: ImportedAnnotation): ImportedAnnotation {
    const of = (fileId: string): { file_id: string } => ({ file_id: this.ids.of(fileId, 'file') });
    if (annotation.type === 'file_citation')
      return { ...annotation, file_citation: of(annotation.file_citation.file_id) };
    if (annotation.type === 'file_path')
      return { ...annotation, file_path: of(annotation.file_path.file_id) };
    return annotation;
  }

  #details(step: Imported<'thread.run.step'>): { details: RunStep['step_details']; turn: StepTurn } {
    const { step_details: details, turn: readable } = step;
    const turn: StepTurn = { ...(readable && { details: readable }) };
    if (details.type === 'message_creation') {
      const message_id = this.ids.of(details.message_creation.message_id, 'msg');
      return { details: { type: 'message_creation', message_creation: { message_id } }, turn };
    }
    const tool_calls = details.tool_calls.map((call): ToolCall => {
      if (call.type === 'function') return call;
      if (call.type === 'code_interpreter') {
        const outputs = call.code_interpreter.outputs.map((output) =>
          output.type === 'logs'
            ? output
            : { ...output, image: { file_id: this.ids.of(output.image.file_id, 'file') } },
        );
        return { ...call, code_interpreter: { ...call.code_interpreter, outputs } };
      }
      const { results } = call.file_search;
      const search = this.#search(results ?? []);
      if (search) turn.searches = { ...turn.searches, [call.id]: search };
      return {
        ...call,
        file_search: {
          ...(call.file_search.ranking_options && { ranking_options: call.file_search.ranking_options }),
          ...(results && {
            results: results.map(({ file_id, file_name, score }) => ({
              file_id: this.ids.of(file_id, 'file'),
              file_name,
              score,
            })),
          }),
        },
      };
    });
    return { details: { type: 'tool_calls', tool_calls }, turn };
  }

  /** The passages of a search, if the import has their texts, so that answers can cite them. */
  #search(results: readonly ImportedPassage[]): StoredSearch | undefined {
    if (!results.some(({ content }) => content)) return undefined;
    const [, number] = /^(\d{1,9}):\d+$/.exec(results[0]?.location?.citation ?? '') ?? [];
    return {
      number: number === undefined ? this.context.store.steps.nextSearchNumber(this.id) : Number(number),
      arguments: '{}',
      passages: results.map(({ file_id, file_name, score, content, location }) => {
        const { start, end, line, page } = location ?? {};
        return {
          file_id: this.ids.of(file_id, 'file'),
          file_name,
          score,
          text: (content ?? []).map((part) => part.text).join('\n'),
          ...(start !== undefined &&
            end !== undefined &&
            line !== undefined && { location: { start, end, line, ...(page !== undefined && { page }) } }),
        };
      }),
    };
  }
}
