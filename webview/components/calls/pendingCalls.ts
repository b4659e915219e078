/** What can be said of the calls that wait for outputs without drawing them. */
import type { PendingCall, PendingCalls } from '../../../src/protocol/functionCalls';
import type { PanelState } from '../../state';
import type { CallItem, TimelineItem } from '../messages/timeline';

/** The calls that wait in the thread shown. */
export function pendingOf({ host, threadId }: PanelState): PendingCalls | undefined {
  return host.pending?.threadId === (threadId ?? host.thread?.id) ? host.pending : undefined;
}

/** Whether nobody has answered it yet. */
export function isOpen({ state }: PendingCall): boolean {
  return state === 'waiting' || state === 'running';
}

/** How many calls of a run wait for the user, or for a tool. */
export function openCount(pending: PendingCalls): number {
  return pending.calls.filter(isOpen).length;
}

/** Whether any of them waits for the user. */
export function isWaiting(pending: PendingCalls | undefined): boolean {
  return pending?.calls.some(({ state }) => state === 'waiting') === true;
}

/** Whether a tool or a program works on one of them, and none waits for the user. */
export function isWorking(pending: PendingCalls | undefined): boolean {
  return !isWaiting(pending) && pending?.calls.some(({ state }) => state === 'running') === true;
}

/** The call as it waits, for a call that a step has made. */
export function pendingFor(
  { step, call }: CallItem,
  pending: PendingCalls | undefined,
): PendingCall | undefined {
  // Models may give the calls of one run after the other the same id; only open ones are waited for.
  if (call.type !== 'function' || call.function.output !== null) return undefined;
  if (pending?.runId !== step.run_id) return undefined;
  return pending.calls.find(({ callId }) => callId === call.id);
}

/** The calls that wait and stand in no step that is known. */
export function pendingWithoutStep(
  items: readonly TimelineItem[],
  pending: PendingCalls | undefined,
): PendingCall[] {
  if (pending === undefined) return [];
  const placed = new Set(items.map((item) => (item.kind === 'call' ? pendingFor(item, pending) : undefined)));
  return pending.calls.filter((call) => !placed.has(call));
}
