import type { ModelMessage } from '../modelProvider';

type UserMessage = Extract<ModelMessage, { role: 'user' }>;
type AssistantMessage = Extract<ModelMessage, { role: 'assistant' }>;

/** Stand for messages that a server wants and a thread does not have. */
const noQuestion: UserMessage = {
  role: 'user',
  content: [{ type: 'text', text: '[The conversation begins with an answer.]' }],
};
const goOn: UserMessage = { role: 'user', content: [{ type: 'text', text: 'Continue.' }] };
const noAnswer: AssistantMessage = { role: 'assistant', content: '[No answer.]' };

/** The messages with the instructions at the beginning of the first user message. */
export function withInstructions(messages: readonly ModelMessage[], instructions: string): ModelMessage[] {
  const [first, ...rest] = messages;
  const part = { type: 'text', text: instructions } as const;
  if (first?.role !== 'user') return [{ role: 'user', content: [part] }, ...messages];
  return [{ ...first, content: [part, ...first.content] }, ...rest];
}

/**
 * The messages as servers want them whose prompt templates know only strict turns: neighbours of one role are
 * one message, a user speaks first and last, and the model answers tools before the user speaks again. The
 * result has another length if anything had to change.
 */
export function alternating(messages: readonly ModelMessage[]): ModelMessage[] {
  const turns: ModelMessage[] = messages[0]?.role === 'user' ? [] : [noQuestion];
  for (const message of messages) {
    const last = turns.at(-1);
    const merged = last && mergedMessage(last, message);
    if (merged) turns[turns.length - 1] = merged;
    else if (last?.role === 'tool' && message.role === 'user') turns.push(noAnswer, message);
    else turns.push(message);
  }
  return turns.at(-1)?.role === 'assistant' ? [...turns, goOn] : turns;
}

/** Two neighbouring messages as one; undefined if their roles differ. */
function mergedMessage(one: ModelMessage, other: ModelMessage): ModelMessage | undefined {
  if (one.role === 'user' && other.role === 'user')
    return { role: 'user', content: [...one.content, ...other.content] };
  if (one.role !== 'assistant' || other.role !== 'assistant' || one.toolCalls?.length) return undefined;
  const content = [one.content, other.content].filter(Boolean).join('\n\n');
  // The state belongs to the items of one turn.
  return { ...other, content };
}
