import type { RunStep } from 'openai/resources/beta/threads/runs/steps';

/** A step with its place in the order of creation, and the length of its JSON. */
export interface PlacedStep {
  seq: number;
  step: RunStep;
  length: number;
}

/** Of how many runs steps are kept, and up to which length of their JSON, for each run. */
const maxKept = { runs: 8, characters: 4_000_000 };

/**
 * Keeps the steps of the runs that were read last, up to the first that has not ended: those that have ended do not
 * change any more.
 */
export class EndedSteps {
  readonly #runs = new Map<string, { steps: PlacedStep[]; length: number }>();

  /** The steps of a run. `read` returns those from a place on, oldest first. */
  ofRun(runId: string, read: (from: number) => readonly PlacedStep[]): RunStep[] {
    const kept = this.#runs.get(runId) ?? { steps: [], length: 0 };
    const last = kept.steps.at(-1);
    let found = read(last?.seq ?? 0);
    if (last) {
      // Otherwise they were deleted with their thread.
      if (found[0]?.seq === last.seq) found = found.slice(1);
      else Object.assign(kept, { steps: [], length: 0 });
    }
    const steps = [...kept.steps, ...found].map(({ step }) => step);
    for (const one of found) {
      if (one.step.status === 'in_progress' || kept.length + one.length > maxKept.characters) break;
      kept.steps.push(one);
      kept.length += one.length;
    }
    this.#runs.delete(runId);
    if (kept.steps.length > 0) this.#runs.set(runId, kept);
    for (const id of this.#runs.keys()) if (this.#runs.size > maxKept.runs) this.#runs.delete(id);
    return steps;
  }
}
