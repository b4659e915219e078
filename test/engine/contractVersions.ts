/** The extensions of the API for versions of assistants and for usage. */
import * as z from 'zod';
import { id, time } from './contractBasics';

const author = z.discriminatedUnion('type', [
  z.strictObject({ type: z.enum(['vscode', 'import']) }),
  z.strictObject({ type: z.literal('program'), user_agent: z.string().min(1).max(200).nullable() }),
]);

export function versionSchemas(assistant: z.ZodType) {
  const assistantVersion = z.strictObject({
    id: id('asstver'),
    object: z.literal('assistant.version'),
    created_at: time,
    assistant_id: id('asst'),
    version: z.int().min(1),
    changed: z.array(z.string()),
    by: author.nullable(),
    restored_from: z.int().min(1).nullable(),
    assistant,
  });
  const problem = z.strictObject({ param: z.string().min(1), message: z.string().min(1) });
  return { assistantVersion, restoredVersion: assistantVersion.extend({ problems: z.array(problem) }) };
}

const count = z.int().min(0);

const usage = z.strictObject({
  runs: count,
  runs_without_usage: count,
  prompt_tokens: count,
  completion_tokens: count,
  cached_tokens: count,
  reasoning_tokens: count,
  total_tokens: count,
  costs: z.array(z.strictObject({ currency: z.string().regex(/^[A-Z]{3}$/), amount: z.number().min(0) })),
  runs_without_price: count,
});

const object = z.literal('usage');

export const usageList = z.strictObject({
  object: z.literal('list'),
  data: z.array(
    z.union([
      usage.extend({ object, day: z.string().regex(/^\d{4}-\d{2}-\d{2}$/) }),
      usage.extend({ object, assistant_id: id('asst') }),
      usage.extend({ object, model: z.string() }),
      usage.extend({ object, thread_id: id('thread').nullable() }),
    ]),
  ),
  has_more: z.boolean(),
  total: usage,
});
