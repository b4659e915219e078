import type { ModelEvent } from './modelProvider';
import type { AnswerItem } from './server/serverAnswer';

/** From how many items on their events are joined: a few cost little, and show the text as it grows. */
const manyItems = 16;

/** The events of items that have arrived together. */
export function readTogether(
  reader: { read(item: AnswerItem): Iterable<ModelEvent> },
  tags: { through(events: Iterable<ModelEvent>): Iterable<ModelEvent> },
  items: readonly AnswerItem[],
): Iterable<ModelEvent> {
  const events = tags.through(readEach(reader, items));
  return items.length < manyItems ? events : joinedEvents(events);
}

function* readEach(
  reader: { read(item: AnswerItem): Iterable<ModelEvent> },
  items: readonly AnswerItem[],
): Generator<ModelEvent> {
  for (const item of items) yield* reader.read(item);
}

/** Joins events that continue the same text: each costs the engine and its readers. */
export function* joinedEvents(events: Iterable<ModelEvent>): Generator<ModelEvent> {
  let open: ModelEvent | undefined;
  try {
    for (const event of events) {
      const joined = open && joinEvents(open, event);
      if (open && !joined) {
        const complete = open;
        open = event;
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
