/** Merges tool calls into the list of messages. */
import type { Message } from 'openai/resources/beta/threads/messages';
import type { RunStep, ToolCall } from 'openai/resources/beta/threads/runs/steps';
import { turnOf } from '../../../src/protocol/turns';
import type { StepsByRun } from '../../state';

/** A tool call and its step. */
export interface CallItem {
  kind: 'call';
  key: string;
  step: RunStep;
  call: ToolCall;
  /** Whether it is the last call of its step; it then shows the step's duration. */
  isLast: boolean;
}

/** A step, or a call of one, that has not the shape that the API gives it. */
interface BrokenCallItem {
  kind: 'brokenCall';
  key: string;
}

/** The reasoning that led to a step. */
export interface ReasoningItem {
  kind: 'reasoning';
  key: string;
  step: RunStep;
}

export interface MessageItem {
  kind: 'message';
  message: Message;
  /** What the model did not accept, for the last message of a run: names of parameters, `images`. */
  omitted: readonly string[];
}

export type TimelineItem = MessageItem | ReasoningItem | CallItem | BrokenCallItem;

/**
 * The messages, reasoning and tool calls in order: each call before the next message of its run, or after the
 * run's last message if there is no next one; reasoning before what it led to.
 */
export function timeline(messages: readonly Message[], steps: StepsByRun): TimelineItem[] {
  if (steps.size === 0) return messages.map((message) => messageItem(message));
  const places = new Map(messages.map(({ id }, index) => [id, index]));
  /** The calls before the message of the same index; the last entry has those after all messages. */
  const before: (ReasoningItem | CallItem | BrokenCallItem)[][] = [...messages, undefined].map(() => []);
  // Latest run first: runs without messages share a place, and each is prepended.
  for (const [runId, ofRun] of [...steps].sort(([, one], [, other]) => startedAt(other) - startedAt(one))) {
    let place = placeAfter(messages, runId, ofRun);
    // From the last step to the first, so that each knows the message that follows it.
    for (const step of ofRun.toReversed()) {
      if (isObject(step.step_details) && step.step_details.type === 'message_creation') {
        const { message_creation } = step.step_details;
        if (isObject(message_creation)) place = places.get(message_creation.message_id) ?? place;
        if (place !== undefined) before[place]?.unshift(...reasoningItems(step));
      } else if (place !== undefined) before[place]?.unshift(...reasoningItems(step), ...callItems(step));
    }
  }
  const last = new Map(messages.map(({ id, run_id, role }) => [role === 'assistant' ? run_id : null, id]));
  return before.flatMap((items, index) => {
    const message = messages[index];
    if (message === undefined) return items;
    const ofRun = last.get(message.run_id) === message.id ? steps.get(message.run_id ?? '') : undefined;
    // Its text turned out to be reasoning.
    if (isEmpty(message) && ofRun?.some((step) => turnOf(step).reasoning)) return items;
    return [...items, messageItem(message, ofRun)];
  });
}

/** Where a run's calls without a following message go; undefined if that is above the messages shown. */
function placeAfter(
  messages: readonly Message[],
  runId: string,
  steps: readonly RunStep[],
): number | undefined {
  const own = messages.findLastIndex(({ run_id }) => run_id === runId);
  const begun = startedAt(steps);
  const last =
    own >= 0 ? own : messages.findLastIndex(({ created_at: at }) => Number.isFinite(at) && at <= begun);
  return last >= 0 ? last + 1 : undefined;
}

/** Latest if it is unknown. */
function startedAt(steps: readonly RunStep[]): number {
  const time = steps[0]?.created_at;
  return Number.isFinite(time) ? time! : Number.MAX_SAFE_INTEGER;
}

function callItems(step: RunStep): (CallItem | BrokenCallItem)[] {
  const details: unknown = step.step_details;
  if (isObject(details) && 'type' in details && details.type !== 'tool_calls') return [];
  const calls: unknown = isObject(details) && 'tool_calls' in details ? details.tool_calls : undefined;
  if (!Array.isArray(calls)) return [{ kind: 'brokenCall', key: step.id }];
  return calls.map((call: unknown, index) => {
    // A call's id may come after the call itself.
    const key = `${step.id}/${index}`;
    if (!isCall(call)) return { kind: 'brokenCall', key };
    return { kind: 'call', key, step, call, isLast: index === calls.length - 1 };
  });
}

/** Whether a call has what is looked at outside its card; whatever else is missing breaks the card alone. */
function isCall(call: unknown): call is ToolCall {
  if (!isObject(call) || !('type' in call)) return false;
  return call.type !== 'function' || ('function' in call && isObject(call.function));
}

/** What a server sends has not always the shape that its type says. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function reasoningItems(step: RunStep): ReasoningItem[] {
  if (!turnOf(step).reasoning) return [];
  return [{ kind: 'reasoning', key: `${step.id} reasoning`, step }];
}

function messageItem(message: Message, steps: readonly RunStep[] = []): MessageItem {
  return {
    kind: 'message',
    message,
    omitted: [...new Set(steps.flatMap((step) => turnOf(step).omitted ?? []))],
  };
}

/** Whether a message ended without any content. */
function isEmpty({ role, status, content }: Message): boolean {
  return (
    role === 'assistant' &&
    status === 'completed' &&
    Array.isArray(content) &&
    content.every((part) => part?.type === 'text' && part.text?.value === '')
  );
}
