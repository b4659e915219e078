import type { ResponseInputItem, ResponseReasoningItem } from 'openai/resources/responses/responses';
import { fieldsOf } from '../server/json';

export type Phase = 'commentary' | 'final_answer';

/** A message item: what it is for, if the model says, and its place in the turn's text, in UTF-16 units. */
export interface MessageEntry {
  message: true;
  phase?: Phase;
  start?: number;
  end?: number;
}

/** State to send back with a turn: its encrypted reasoning, and the order and phases of its items. */
export interface TurnState {
  api: 'responses';
  /** Host and model, as no other can decrypt it. */
  origin: string;
  items: (
    | { reasoning: ResponseReasoningItem }
    | { call: string }
    | MessageEntry
    /** A call that the provider answered itself. */
    | { hosted: ResponseInputItem }
  )[];
}

/** A turn's state, if it was made by this API. */
export function readState(value: unknown): TurnState | undefined {
  const state = fieldsOf(value);
  return state['api'] === 'responses' && Array.isArray(state['items']) ? (value as TurnState) : undefined;
}

export function phaseOf(value: unknown): Phase | undefined {
  return value === 'commentary' || value === 'final_answer' ? value : undefined;
}

/**
 * The text of a turn as message items, each with its phase. One item without a phase if the model gave none, or the
 * text is not the one that the phases are of.
 */
export function messageItems(content: string, items: TurnState['items']): ResponseInputItem[] {
  if (content === '') return [];
  const entries = items.filter((entry) => 'message' in entry).filter(({ end }) => end !== undefined);
  const isSame = entries.at(-1)?.end === content.length;
  if (!isSame || !entries.some(({ phase }) => phase)) return [{ role: 'assistant', content }];
  return entries.map(({ phase, start, end }) => {
    return { role: 'assistant', content: content.slice(start, end), ...(phase && { phase }) };
  });
}
