import type { Message } from 'openai/resources/beta/threads/messages';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import { useRef } from 'preact/hooks';
import type { RunView } from '../../../src/protocol/chat';

/** What a run has written so far: its objects are replaced when something is added. */
export interface RunOutput {
  /** The newest message of the thread. */
  message: Message | undefined;
  steps: readonly RunStep[] | undefined;
}

/** Milliseconds without output after which the panel says that it waits. */
const patience = 10_000;

/**
 * For how many milliseconds a run has been waiting for its model; undefined if it does not wait, or not yet
 * for long. It has no timer: its component is rendered each second while a run is active.
 */
export function useWaitingTime(run: RunView, { message, steps }: RunOutput): number | undefined {
  const seen = useRef({ message, steps, at: Date.now() });
  if (seen.current.message !== message || seen.current.steps !== steps)
    seen.current = { message, steps, at: Date.now() };
  if (run.status !== 'in_progress') return undefined;
  // Then the engine runs tools, or the model writes their arguments.
  if (steps?.some((step) => step.status === 'in_progress' && step.type === 'tool_calls')) return undefined;
  const hasOutput = message?.run_id === run.id || (steps?.length ?? 0) > 0;
  const waiting = Date.now() - (hasOutput ? seen.current.at : run.startedAt);
  return waiting < patience ? undefined : waiting;
}
