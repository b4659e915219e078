import { fieldsOf, listOf, type Fields } from '../server/json';

/**
 * The fields in which servers send reasoning beside the text. A server that has several repeats the same text
 * in them.
 */
const names = [
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'reasoning_text',
  'thinking',
  'thinking_blocks',
] as const;

/** The reasoning in a chunk's delta, or in a whole message. */
export function reasoningIn(delta: Fields): string {
  for (const name of names) {
    const separate = textsIn(delta[name]);
    if (separate !== '') return separate;
  }
  return listOf(delta['content']).map(reasoningOf).join('');
}

/** The reasoning of a part of a content list. */
function reasoningOf(value: unknown): string {
  const { type } = fieldsOf(value);
  return type === 'thinking' || type === 'reasoning' ? textsIn(value) : '';
}

/** Levels of lists and objects around a text, at most. */
const maxDepth = 6;

/** The text of a value: itself, of its parts, or of the field of a part that has one. */
function textsIn(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || depth > maxDepth) return '';
  if (Array.isArray(value)) return value.map((part) => textsIn(part, depth + 1)).join('');
  const { text, summary, thinking, reasoning, content } = fieldsOf(value);
  const inner = [text, summary, thinking, reasoning, content].find((field) => field != null && field !== '');
  return inner === undefined ? '' : textsIn(inner, depth + 1);
}
