import { countOf, fieldsOf, type Fields } from './server/json';
import type { ModelUsage } from './modelProvider';

type Counts = Partial<ModelUsage> & { totalTokens?: number };

/** The names that servers give to a count, in the `usage` object or beside it; a dot leads into an object. */
const names: Readonly<Record<keyof Counts, readonly string[]>> = {
  promptTokens: ['prompt_tokens', 'input_tokens', 'prompt_eval_count', 'promptTokenCount'],
  completionTokens: ['completion_tokens', 'output_tokens', 'eval_count', 'candidatesTokenCount'],
  totalTokens: ['total_tokens', 'totalTokenCount'],
  cachedTokens: [
    'prompt_tokens_details.cached_tokens',
    'input_tokens_details.cached_tokens',
    'prompt_cache_hit_tokens',
    'cached_tokens',
    'num_cached_tokens',
    'cachedContentTokenCount',
    'cache_read_input_tokens',
  ],
  reasoningTokens: [
    'completion_tokens_details.reasoning_tokens',
    'output_tokens_details.reasoning_tokens',
    'reasoning_tokens',
    'thoughtsTokenCount',
  ],
};

/**
 * The tokens of one turn, wherever a server counts them. Several objects add up to one: a later one may have a
 * larger count, or only the counts that an earlier one lacks.
 */
export class UsageReader {
  readonly #counts: Counts = {};

  /** Reads a `usage` object, or one with such fields among others; ignores other values. */
  read(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    const usage = fieldsOf(value);
    for (const name of Object.keys(names) as (keyof Counts)[]) {
      const count = names[name].map((path) => countAt(usage, path)).find((found) => found !== undefined);
      if (count !== undefined) this.#counts[name] = Math.max(count, this.#counts[name] ?? 0);
    }
  }

  get usage(): ModelUsage | undefined {
    const { totalTokens, ...counts } = this.#counts;
    const { promptTokens, completionTokens } = counts;
    if (promptTokens === undefined && completionTokens === undefined) return undefined;
    const rest = (known = 0) => Math.max(0, (totalTokens ?? known) - known);
    return {
      ...counts,
      promptTokens: promptTokens ?? rest(completionTokens),
      completionTokens: completionTokens ?? rest(promptTokens),
    };
  }
}

/** The counts of a chunk of a chat completion, from all the places where servers put them. */
export function readChunkUsage(reader: UsageReader, chunk: Fields, choice: Fields): void {
  // Ollama's own fields are beside the answer.
  if ('eval_count' in chunk || 'prompt_eval_count' in chunk) reader.read(chunk);
  reader.read(chunk['usage']);
  reader.read(choice['usage']);
  reader.read(fieldsOf(choice['delta'])['usage']);
  reader.read(fieldsOf(choice['message'])['usage']);
  reader.read(fieldsOf(chunk['x_groq'])['usage']);
  reader.read(chunk['usageMetadata']);
}

function countAt(fields: Fields, path: string): number | undefined {
  const [name = '', inner] = path.split('.');
  return countOf(inner === undefined ? fields[name] : fieldsOf(fields[name])[inner]);
}
