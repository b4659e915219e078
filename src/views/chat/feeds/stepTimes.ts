import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type { ActiveService } from '../../../client/service/activeService';
import { withMeasured } from '../../../protocol/turns';

/** Milliseconds after which an event that a step was created is one of a step that began earlier. */
const maxAge = 1100;

type StepEvent = Extract<AssistantStreamEvent, { data: RunStep }>;

/** Measures how long steps take: the API tells their times in whole seconds. */
export class StepTimes {
  /** When a step began, in milliseconds of `performance.now()`. */
  private readonly begun = new Map<string, number>();
  /** In seconds, with tenths. */
  private readonly took = new Map<string, number>();

  constructor(private readonly service: ActiveService) {}

  /** Notes that a step has begun or ended. */
  note({ event, data }: StepEvent): void {
    // The events of a server may come late, and its clock differ.
    if (this.service.server !== undefined) return;
    const { id, created_at, status } = data;
    const now = performance.now();
    const begun = this.begun.get(id);
    if (event === 'thread.run.step.created') {
      if (Date.now() - created_at * 1000 < maxAge) this.begun.set(id, now);
    } else if (status !== 'in_progress' && begun !== undefined) {
      this.begun.delete(id);
      this.took.set(id, Math.max(1, Math.round((now - begun) / 100)) / 10);
    }
  }

  /** A step with the time it took, if that is known. */
  added(step: RunStep): RunStep {
    const seconds = step.status === 'in_progress' ? undefined : this.took.get(step.id);
    return seconds === undefined ? step : withMeasured(step, seconds);
  }
}
