import type { ModelEvent } from './modelProvider';
import type { AnswerItem } from './server/serverAnswer';

/** The events of items that have arrived together. */
export function* readTogether(
  reader: { read(item: AnswerItem): Iterable<ModelEvent> },
  items: readonly AnswerItem[],
): Generator<ModelEvent> {
  for (const item of items) yield* reader.read(item);
}

/**
 * Joins events that continue the same text: each costs the engine and its readers. For events that have arrived
 * together; `isStart` keeps the first of them apart, which the readers wait for.
 */
export function* joinedEvents(events: Iterable<ModelEvent>, isStart = false): Generator<ModelEvent> {
  let isApart = isStart;
  let open: ModelEvent | undefined;
  try {
    for (const event of events) {
      const joined = open && (isApart ? undefined : joinEvents(open, event));
      if (open && !joined) {
        const complete = open;
        open = event;
        isApart = false;
        yield complete;
      } else open = joined ?? event;
    }
  } catch (error) {
    if (open) yield open;
    throw error;
  }
  if (open) yield open;
}

/** One event in place of two that continue the same text. */
export function joinEvents(one: ModelEvent, next: ModelEvent): ModelEvent | undefined {
  if (
    (one.type === 'text' && next.type === 'text') ||
    (one.type === 'reasoning' && next.type === 'reasoning') ||
    (one.type === 'refusal' && next.type === 'refusal')
  )
    return { ...one, text: one.text + next.text };
  if (one.type !== 'tool_call_arguments' || next.type !== 'tool_call_arguments') return undefined;
  return one.index === next.index ? { ...one, arguments: one.arguments + next.arguments } : undefined;
}
