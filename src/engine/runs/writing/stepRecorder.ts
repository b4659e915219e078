import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import { newId, unixTime } from '../../ids';
import type { Store } from '../../store/store';
import type { EngineTools, OutputForm } from '../../tools/engineTool';
import { expiryOf, type StepTurn } from '../../store/tables/runTables';
import { type RunEvents, stepEvent, type TurnEvent } from '../events';
import type { RunStore } from '../runStore';
import { ReasoningWriter } from './reasoningWriter';

/** What the writing of runs needs. */
export interface RunOutlets {
  store: Store;
  tools: EngineTools;
  events: RunEvents;
  runStore: RunStore;
}

/** Writes the steps of a run, as long as this engine owns it, and reports them to its readers. */
export class StepRecorder {
  readonly store: Store;
  readonly tools: EngineTools;
  readonly reasoning = new ReasoningWriter(this);
  /** Ids of the steps that it has created. */
  readonly stepIds: string[] = [];
  readonly #events: RunEvents;
  readonly #runStore: RunStore;

  constructor(
    outlets: RunOutlets,
    readonly run: Run,
    /** The metadata of the steps that it creates. */
    private readonly metadata: Record<string, string>,
  ) {
    this.store = outlets.store;
    this.tools = outlets.tools;
    this.#events = outlets.events;
    this.#runStore = outlets.runStore;
  }

  /** Runs `work` in a transaction; throws RunTakenError if this engine does not own the run any more. */
  write<R>(work: () => R): R {
    return this.#runStore.guarded(this.run.id, work);
  }

  emit(event: AssistantStreamEvent, form?: OutputForm): void {
    this.#events.emit(this.run.id, event, form);
  }

  emitTurn(event: TurnEvent): void {
    this.#events.emitTurn(this.run.id, event);
  }

  /** The next step of the run; it continues the one that has only reasoned so far, if there is one. */
  newStep(details: RunStep['step_details']): RunStep {
    const id = this.reasoning.hiddenStepId ?? newId('step');
    this.stepIds.push(id);
    return {
      id,
      object: 'thread.run.step',
      created_at: unixTime(),
      assistant_id: this.run.assistant_id,
      thread_id: this.run.thread_id,
      run_id: this.run.id,
      type: details.type,
      status: 'in_progress',
      step_details: details,
      last_error: null,
      ...expiryOf(this.run),
      expired_at: null,
      cancelled_at: null,
      failed_at: null,
      completed_at: null,
      metadata: this.metadata,
      usage: null,
    };
  }

  /** Stores a new step. Call it in `write`. */
  insert(step: RunStep): void {
    const { steps } = this.store;
    if (step.id === this.reasoning.hiddenStepId) steps.reveal(step);
    else {
      // Left by an attempt that was repeated.
      steps.deleteHidden(this.run.id);
      steps.insert(step);
    }
    if (this.reasoning.of(step.id)) this.setTurn(step.id, {});
  }

  /** Stores the turn of a step, with its reasoning. Call it in `write`. */
  setTurn(stepId: string, turn: StepTurn): void {
    const reasoning = this.reasoning.of(stepId);
    const details = reasoning ? { ...turn.details, reasoning } : turn.details;
    this.store.steps.setTurn(stepId, details ? { ...turn, details } : turn);
  }

  announce(step: RunStep): void {
    this.reasoning.opened(step.id);
    this.emit({ event: 'thread.run.step.created', data: step });
    this.emit(stepEvent(step));
  }

  /** Completes a step; `also` writes in the same transaction. The caller reports it to the readers. */
  complete(step: RunStep, usage: RunStep.Usage | undefined, also: () => void = () => undefined): RunStep {
    const completed: RunStep = {
      ...step,
      status: 'completed',
      completed_at: unixTime(),
      usage: usage ?? null,
    };
    this.write(() => {
      also();
      this.store.steps.update(completed);
    });
    return completed;
  }
}
