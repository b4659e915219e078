import type { Message, MessageDelta } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type {
  FunctionToolCall,
  RunStep,
  ToolCallDeltaObject,
} from 'openai/resources/beta/threads/runs/steps';
import { newId, unixTime } from '../ids';
import type { ModelToolCall } from '../models/types';
import type { Store } from '../store/store';
import type { StepTurn } from '../store/runTables';
import { messageEvent, type RunEvents, stepEvent } from './events';
import type { Journal } from './journal';

/** How often a message in progress is written down, in milliseconds. */
const checkpointInterval = 250;

const noTokens = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

/**
 * Writes one model turn as the API shows it: its text as a message with a step of its own, its tool
 * calls as one step. Deltas go to the readers at once and to the store now and then.
 */
export class TurnWriter {
  #message?: { step: RunStep; message: Message; savedAt: number };
  #calls?: { step: RunStep; calls: ModelToolCall[]; byIndex: Map<number, number> };

  readonly #store: Store;
  readonly #events: RunEvents;
  readonly #journal: Journal;

  constructor(
    { store, events, journal }: { store: Store; events: RunEvents; journal: Journal },
    private readonly run: Run,
    /** The metadata of the steps it makes. */
    private readonly metadata: Record<string, string>,
  ) {
    this.#store = store;
    this.#events = events;
    this.#journal = journal;
  }

  text(text: string): void {
    const { message } = this.#openMessage();
    const last = message.content.at(-1);
    const index = last?.type === 'text' ? message.content.length - 1 : message.content.length;
    if (last?.type === 'text') last.text.value += text;
    else message.content.push({ type: 'text', text: { value: text, annotations: [] } });
    const first = last?.type !== 'text';
    this.#messageDelta({
      index,
      type: 'text',
      text: first ? { value: text, annotations: [] } : { value: text },
    });
  }

  refusal(text: string): void {
    const { message } = this.#openMessage();
    const last = message.content.at(-1);
    const index = last?.type === 'refusal' ? message.content.length - 1 : message.content.length;
    if (last?.type === 'refusal') last.refusal += text;
    else message.content.push({ type: 'refusal', refusal: text });
    this.#messageDelta({ index, type: 'refusal', refusal: text });
  }

  /** A call of a function begins. `index` tells apart the calls of the turn. */
  toolCall(index: number, id: string, name: string): void {
    this.#closeMessage(noTokens);
    const open = this.#openCalls();
    open.byIndex.set(index, open.calls.length);
    // A model server that counts its ids anew in every answer must not make two calls of a run one.
    const call = { id: this.#isTaken(id) ? newId('call') : id, name, arguments: '' };
    open.calls.push(call);
    this.#callDelta({
      index: open.calls.length - 1,
      id: call.id,
      type: 'function',
      function: { name, arguments: '', output: null },
    });
  }

  toolCallArguments(index: number, text: string): void {
    const at = this.#calls?.byIndex.get(index);
    const call = at === undefined ? undefined : this.#calls?.calls[at];
    if (at === undefined || !call) return;
    call.arguments += text;
    this.#callDelta({ index: at, type: 'function', function: { arguments: text } });
  }

  /** The turn is over as the model wanted it. Returns its calls; none: the run is done. */
  finish(turn: StepTurn): ModelToolCall[] {
    if (!this.#calls) {
      // An answer of nothing is an answer: readers wait for a message.
      if (!this.#message) this.text('');
      this.#closeMessage(turn.usage);
      return [];
    }
    const { step, calls } = this.#calls;
    this.#journal.guarded(this.run.id, () => {
      this.#store.steps.update(withCalls(step, calls));
      this.#store.steps.setTurn(step.id, turn);
    });
    return calls;
  }

  /** The turn was cut short by its length or a filter; the message stays open for the run's end. */
  cut(turn: StepTurn): void {
    this.save();
    const step = this.#calls?.step ?? this.#message?.step;
    if (step) this.#journal.guarded(this.run.id, () => this.#store.steps.setTurn(step.id, turn));
  }

  /** Writes down what came so far. */
  save(): void {
    if (this.#message) {
      const { message } = this.#message;
      this.#message.savedAt = performance.now();
      this.#journal.guarded(this.run.id, () => this.#store.messages.update(message));
    }
    if (this.#calls) {
      const { step, calls } = this.#calls;
      this.#journal.guarded(this.run.id, () => this.#store.steps.update(withCalls(step, calls)));
    }
  }

  #openMessage(): { step: RunStep; message: Message } {
    return (this.#message ??= this.#resumeMessage() ?? this.#newMessage());
  }

  #newMessage(): { step: RunStep; message: Message; savedAt: number } {
    const messageId = newId('msg');
    const step = this.#newStep({ type: 'message_creation', message_creation: { message_id: messageId } });
    const message: Message = {
      id: messageId,
      object: 'thread.message',
      created_at: unixTime(),
      thread_id: this.run.thread_id,
      status: 'in_progress',
      incomplete_details: null,
      completed_at: null,
      incomplete_at: null,
      role: 'assistant',
      content: [],
      assistant_id: this.run.assistant_id,
      run_id: this.run.id,
      attachments: [],
      metadata: {},
    };
    this.#journal.guarded(this.run.id, () => {
      this.#store.steps.insert(step);
      this.#store.messages.insert(message);
    });
    this.#announceStep(step);
    this.#events.emit(this.run.id, { event: 'thread.message.created', data: { ...message, content: [] } });
    this.#events.emit(this.run.id, messageEvent({ ...message, content: [] }));
    return { step, message, savedAt: performance.now() };
  }

  /** A run taken up again after its engine was closed writes its unfinished message anew, from the start. */
  #resumeMessage(): { step: RunStep; message: Message; savedAt: number } | undefined {
    const step = this.#store.steps.ofRun(this.run.id).find((s) => s.status === 'in_progress');
    if (step?.step_details.type !== 'message_creation') return undefined;
    const message = this.#store.messages.get(step.step_details.message_creation.message_id);
    if (!message) return undefined;
    message.content = [];
    this.#events.emit(this.run.id, { event: 'thread.message.created', data: { ...message, content: [] } });
    return { step, message, savedAt: performance.now() };
  }

  #closeMessage(usage: RunStep.Usage | undefined): void {
    if (!this.#message) return;
    const { message, step } = this.#message;
    this.#message = undefined;
    const now = unixTime();
    const closed: Message = { ...message, status: 'completed', completed_at: now };
    const closedStep: RunStep = { ...step, status: 'completed', completed_at: now, usage: usage ?? null };
    this.#journal.guarded(this.run.id, () => {
      this.#store.messages.update(closed);
      this.#store.steps.update(closedStep);
      this.#store.steps.setTurn(step.id, { usage });
    });
    this.#events.emit(this.run.id, messageEvent(closed));
    this.#events.emit(this.run.id, stepEvent(closedStep));
  }

  #openCalls(): { step: RunStep; calls: ModelToolCall[]; byIndex: Map<number, number> } {
    if (this.#calls) return this.#calls;
    const step = this.#newStep({ type: 'tool_calls', tool_calls: [] });
    this.#journal.guarded(this.run.id, () => this.#store.steps.insert(step));
    this.#announceStep(step);
    return (this.#calls = { step, calls: [], byIndex: new Map() });
  }

  #newStep(details: RunStep['step_details']): RunStep {
    return {
      id: newId('step'),
      object: 'thread.run.step',
      created_at: unixTime(),
      assistant_id: this.run.assistant_id,
      thread_id: this.run.thread_id,
      run_id: this.run.id,
      type: details.type,
      status: 'in_progress',
      step_details: details,
      last_error: null,
      expired_at: null,
      cancelled_at: null,
      failed_at: null,
      completed_at: null,
      metadata: this.metadata,
      usage: null,
    };
  }

  #announceStep(step: RunStep): void {
    this.#events.emit(this.run.id, { event: 'thread.run.step.created', data: step });
    this.#events.emit(this.run.id, stepEvent(step));
  }

  #messageDelta(part: NonNullable<MessageDelta['content']>[number]): void {
    const open = this.#message;
    if (!open) return;
    const data = { id: open.message.id, object: 'thread.message.delta' as const, delta: { content: [part] } };
    this.#events.emit(this.run.id, { event: 'thread.message.delta', data });
    if (performance.now() - open.savedAt >= checkpointInterval) this.save();
  }

  #callDelta(call: StepDeltaCall): void {
    if (!this.#calls) return;
    this.#events.emit(this.run.id, {
      event: 'thread.run.step.delta',
      data: {
        id: this.#calls.step.id,
        object: 'thread.run.step.delta',
        delta: { step_details: { type: 'tool_calls', tool_calls: [call] } },
      },
    });
  }

  #isTaken(callId: string): boolean {
    if (this.#calls?.calls.some((call) => call.id === callId)) return true;
    return this.#store.steps
      .ofRun(this.run.id)
      .some((step) => callsOf(step).some((call) => call.id === callId));
  }
}

type StepDeltaCall = NonNullable<ToolCallDeltaObject['tool_calls']>[number];

/** The function calls of a step. */
export function callsOf(step: RunStep): FunctionToolCall[] {
  if (step.step_details.type !== 'tool_calls') return [];
  return step.step_details.tool_calls.filter((call) => call.type === 'function');
}

function withCalls(step: RunStep, calls: readonly ModelToolCall[]): RunStep {
  const tool_calls = calls.map((call): FunctionToolCall => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments, output: null },
  }));
  return { ...step, step_details: { type: 'tool_calls', tool_calls } };
}
