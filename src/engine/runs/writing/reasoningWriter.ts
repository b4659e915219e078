import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { TurnDetails } from '../../store/tables/runTables';
import { PacedReports } from './pacedReports';
import type { StepRecorder } from './stepRecorder';

/** UTF-16 units that are kept of a step's reasoning. */
const maxLength = 1_000_000;

/** How often reasoning in progress is stored, in milliseconds. */
const checkpointInterval = 1000;

/** The reasoning of one step. */
interface Reasoning {
  stepId: string;
  text: string;
  cut: boolean;
  /** Milliseconds until the last pause. */
  spent: number;
  /** When it began or was resumed, in milliseconds of `performance.now()`; undefined during a pause. */
  since: number | undefined;
}

/**
 * Writes the reasoning of one model turn: with the step that is open, or with a hidden step, which the next
 * step of the turn continues under the same id. Readers that ask for it get it as it arrives.
 */
export class ReasoningWriter {
  readonly #byStep = new Map<string, Reasoning>();
  /** Of the open step. */
  #current: Reasoning | undefined;
  #hiddenStepId: string | undefined;
  /** When the model began to reason without any text so far. */
  #silentSince: number | undefined;
  #unsent = '';
  readonly #reports = new PacedReports(() => this.#send());
  #isChanged = false;
  #savedAt = performance.now();

  constructor(private readonly stepRecorder: StepRecorder) {}

  /** The id of the step that has only reasoned so far. */
  get hiddenStepId(): string | undefined {
    return this.#hiddenStepId;
  }

  /** A step's reasoning so far, as clients can read it. */
  of(stepId: string): TurnDetails['reasoning'] {
    const reasoning = this.#byStep.get(stepId);
    if (!reasoning || reasoning.text === '') return undefined;
    const { text, spent, since, cut } = reasoning;
    return {
      text,
      ...(since === undefined && { seconds: Math.round(spent / 100) / 10 }),
      ...(cut && { cut }),
    };
  }

  add(text: string): void {
    if (text === '') {
      this.#silentSince ??= performance.now();
      return;
    }
    const reasoning = this.#current ?? this.#begunHidden();
    this.#current = reasoning;
    const isResumed = reasoning.since === undefined && reasoning.text !== '';
    const added = isResumed && !text.startsWith('\n') ? `\n\n${text}` : text;
    reasoning.since ??= this.#silentSince ?? performance.now();
    this.#silentSince = undefined;
    const kept = added.slice(0, Math.max(0, maxLength - reasoning.text.length));
    if (kept.length < added.length) reasoning.cut = true;
    if (kept === '') return;
    reasoning.text += kept;
    this.#isChanged = true;
    this.#unsent += kept;
    this.#reports.add(kept.length);
    if (performance.now() - this.#savedAt >= checkpointInterval) this.save();
  }

  /** Adds text that was taken for the answer until now. */
  addPast(text: string, since: number | undefined): void {
    this.#silentSince ??= since;
    this.add(text);
    this.pause();
  }

  /** The model has stopped to reason, for now. */
  pause(): void {
    this.#send();
    this.#silentSince = undefined;
    const reasoning = this.#current;
    if (reasoning?.since === undefined) return;
    reasoning.spent += performance.now() - reasoning.since;
    reasoning.since = undefined;
    this.#isChanged = true;
  }

  /** A step was opened: what follows belongs to it. */
  opened(stepId: string): void {
    this.#send();
    this.#hiddenStepId = undefined;
    this.#current = this.#byStep.get(stepId) ?? this.#begun(stepId);
  }

  /** The open step has ended. */
  closed(): void {
    this.#send();
    this.#current = undefined;
    this.#isChanged = false;
  }

  /** Stores the reasoning as it is now. */
  save(): void {
    this.#send();
    const reasoning = this.#current;
    if (!reasoning || !this.#isChanged) return;
    const { steps } = this.stepRecorder.store;
    const { stepId } = reasoning;
    this.stepRecorder.write(() => this.stepRecorder.setTurn(stepId, steps.turn(stepId)));
    this.#isChanged = false;
    this.#savedAt = performance.now();
  }

  #begun(stepId: string): Reasoning {
    const reasoning = { stepId, text: '', cut: false, spent: 0, since: undefined };
    this.#byStep.set(stepId, reasoning);
    return reasoning;
  }

  /** Begins a hidden step, or again the one of a turn that is repeated. */
  #begunHidden(): Reasoning {
    const { store, run } = this.stepRecorder;
    const message = store.steps
      .ofRun(run.id)
      .find(({ type, status }) => type === 'message_creation' && status === 'in_progress');
    // A run that is resumed after its engine closed rewrites its unfinished message.
    if (message) return this.#begun(message.id);
    const before = store.steps.hiddenOf(run.id);
    const step: RunStep = before ?? this.stepRecorder.newStep({ type: 'tool_calls', tool_calls: [] });
    const reasoning = this.#begun(step.id);
    this.stepRecorder.write(() => {
      if (!before) store.steps.insertHidden(step);
      this.stepRecorder.setTurn(step.id, {});
    });
    this.#hiddenStepId = step.id;
    // The first piece is stored at once, for readers of other engines.
    this.#savedAt = -Infinity;
    this.stepRecorder.emitTurn({ event: 'thread.run.step.created', data: step });
    return reasoning;
  }

  #send(): void {
    this.#reports.made();
    const text = this.#unsent;
    const stepId = this.#current?.stepId;
    if (text === '' || stepId === undefined) return;
    this.#unsent = '';
    this.stepRecorder.emitTurn({
      event: 'thread.run.step.reasoning.delta',
      data: {
        id: stepId,
        object: 'thread.run.step.reasoning.delta',
        run_id: this.stepRecorder.run.id,
        delta: { text },
      },
    });
  }
}
