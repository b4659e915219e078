/** Queries on function calls that wait for their outputs. */
import type { PendingCall, PendingCalls } from '../../../src/protocol/functionCalls';
import type { PanelState } from '../../state';
import type { CallItem, TimelineItem } from '../messages/timeline';

/** The pending calls of the thread shown. */
export function pendingOf({ host, threadId }: PanelState): PendingCalls | undefined {
  return host.pending?.threadId === (threadId ?? host.thread?.id) ? host.pending : undefined;
}

/** Whether the call has no answer yet. */
export function isOpen({ state }: PendingCall): boolean {
  return state === 'waiting' || state === 'running';
}

/** How many calls wait for the user or a tool. */
export function openCount(pending: PendingCalls): number {
  return pending.calls.filter(isOpen).length;
}

/** Whether any call waits for the user. */
export function isWaiting(pending: PendingCalls | undefined): boolean {
  return pending?.calls.some(({ state }) => state === 'waiting') === true;
}

/** Whether a tool or a program is working on a call, and no call waits for the user. */
export function isWorking(pending: PendingCalls | undefined): boolean {
  return !isWaiting(pending) && pending?.calls.some(({ state }) => state === 'running') === true;
}

/** The pending call that belongs to a step's call, if it is pending. */
export function pendingFor(
  { step, call }: CallItem,
  pending: PendingCalls | undefined,
): PendingCall | undefined {
  // Models may reuse a call's id in a later turn of the run: a call with output is not pending.
  if (call.type !== 'function' || call.function.output !== null) return undefined;
  if (pending?.runId !== step.run_id) return undefined;
  return pending.calls.find(({ callId }) => callId === call.id);
}

/** The pending calls that belong to no known step. */
export function pendingWithoutStep(
  items: readonly TimelineItem[],
  pending: PendingCalls | undefined,
): PendingCall[] {
  if (pending === undefined) return [];
  const placed = new Set(items.map((item) => (item.kind === 'call' ? pendingFor(item, pending) : undefined)));
  return pending.calls.filter((call) => !placed.has(call));
}
