/**
 * The request bodies of the Assistants API v2, as in its last OpenAPI document. Objects with
 * `additionalProperties: false` there are strict here.
 */
import * as z from 'zod';
import { countCodePoints } from '../../text/codePoints';
import { codeInterpreterEntry } from '../../tools/codeInterpreter/codeInterpreterTool';
import type { EngineTools } from '../../tools/engineTool';
import { fileSearchEntry } from '../../tools/fileSearch/searchOptions';
import { pairLimits } from './pairLimits';
import { reasoningEffort } from './reasoningEffort';

/** Adds an issue with a message of our own, which `check` reports unchanged, with the path as `param`. */
export function reject(
  context: z.RefinementCtx,
  message: string,
  code: string,
  path: PropertyKey[] = [],
): void {
  context.addIssue({ code: 'custom', message, params: { code }, path });
}

/**
 * An array of `min` to `max` elements. Its length is checked first: Zod checks every element, and reports every
 * error, before it looks at the length.
 */
export function listOf<E extends z.ZodType>(element: E, max: number, min = 0) {
  return z.array(z.unknown()).min(min).max(max).pipe(z.array(element));
}

/** A record of key-value pairs with limits on their number and lengths. `field` is its name in messages. */
export function pairsOf<V extends z.ZodType<string | number | boolean>>(field: string, value: V) {
  const few = z.unknown().superRefine((pairs, context) => {
    if (typeof pairs !== 'object' || pairs === null || Array.isArray(pairs)) return;
    const { length } = Object.keys(pairs);
    if (length <= pairLimits.pairs) return;
    const message = `Invalid '${field}': too many properties. Expected an object with at most ${pairLimits.pairs} properties, but got an object with ${length} properties instead.`;
    reject(context, message, 'object_above_max_properties');
  });
  const short = z.record(z.string(), value).superRefine((pairs, context) => {
    for (const [key, value] of Object.entries(pairs)) {
      const keyLength = countCodePoints(key);
      if (keyLength > pairLimits.key) {
        const message = `Invalid '${field}': the key '${[...key].slice(0, pairLimits.key).join('')}…' is too long. Expected at most ${pairLimits.key} characters, but got ${keyLength} instead.`;
        reject(context, message, 'string_above_max_length');
      }
      const length = typeof value === 'string' ? countCodePoints(value) : 0;
      if (length > pairLimits.value) {
        const message = `Invalid '${field}.${[...key].slice(0, pairLimits.key).join('')}': string too long. Expected a string with maximum length ${pairLimits.value}, but got one with length ${length} instead.`;
        reject(context, message, 'string_above_max_length', [key]);
      }
    }
  });
  return few.pipe(short.nullable()).optional();
}

export const metadata = pairsOf('metadata', z.string());

const functionTool = z.object({
  type: z.literal('function'),
  function: z.object({
    name: z.string().superRefine((name, context) => {
      if (/^[a-zA-Z0-9_-]{1,64}$/.test(name)) return;
      reject(
        context,
        `Invalid function name '${name.slice(0, 80)}': expected 1 to 64 letters, digits, underscores or dashes.`,
        'invalid_value',
      );
    }),
    description: z.string().optional(),
    parameters: z.record(z.string(), z.unknown()).optional(),
    strict: z.boolean().nullish(),
  }),
});

/** The tools of the API's document: an assistant can have them in an engine without them, too. */
const documentedTools = [codeInterpreterEntry, fileSearchEntry] as const;

/** An entry of `tools`, in an engine with these tools. */
function toolEntry(tools: EngineTools) {
  const documented: readonly z.ZodObject[] = documentedTools;
  const more = [...tools.values()].map(({ entry }) => entry).filter((entry) => !documented.includes(entry));
  // The answers' types, too, name the documented tools alone.
  return z.discriminatedUnion('type', [
    ...documentedTools,
    ...(more as unknown as typeof documentedTools),
    functionTool,
  ]);
}

const minChunkTokens = 100;
const maxChunkTokens = 4096;

/** A field that only the other kind has. Clients with one class for both kinds send it as null. */
const notOfAuto = z
  .custom<undefined>((value) => value === undefined, {
    message: "Unknown parameter: 'chunking_strategy.static'.",
    params: { code: 'unknown_parameter' },
  })
  .optional();

export const chunkingStrategy = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('auto'), static: notOfAuto }),
    z.strictObject({
      type: z.literal('static'),
      static: z
        .strictObject({
          max_chunk_size_tokens: z.int().min(minChunkTokens).max(maxChunkTokens),
          chunk_overlap_tokens: z.int().min(0),
        })
        .superRefine((sizes, context) => {
          if (sizes.chunk_overlap_tokens <= sizes.max_chunk_size_tokens / 2) return;
          reject(
            context,
            "'chunk_overlap_tokens' must not exceed half of 'max_chunk_size_tokens'.",
            'invalid_value',
            ['chunk_overlap_tokens'],
          );
        }),
    }),
  ])
  .optional();

const fileIds = listOf(z.string(), 20).optional();

const fileSearchResources = z
  .object({
    vector_store_ids: listOf(z.string(), 1).optional(),
    vector_stores: listOf(
      z.object({
        file_ids: listOf(z.string(), 10_000).optional(),
        chunking_strategy: chunkingStrategy,
        metadata,
      }),
      1,
    ).optional(),
  })
  .superRefine((resources, context) => {
    if (!resources.vector_store_ids?.length || !resources.vector_stores?.length) return;
    reject(context, "Give either 'vector_store_ids' or 'vector_stores', not both.", 'invalid_value');
  });

const toolResources = z
  .object({
    code_interpreter: z.object({ file_ids: fileIds }).optional(),
    file_search: fileSearchResources.optional(),
  })
  .nullish();

const responseFormat = z.union([
  // The API's first version called it `none`.
  z.enum(['auto', 'none']).transform(() => 'auto' as const),
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('text') }),
    z.object({ type: z.literal('json_object') }),
    z.object({
      type: z.literal('json_schema'),
      json_schema: z.object({
        name: z.string(),
        description: z.string().optional(),
        schema: z.record(z.string(), z.unknown()).optional(),
        strict: z.boolean().nullish(),
      }),
    }),
  ]),
]);

const toolNames = ['function', 'code_interpreter', 'file_search'] as const;

/** `tool_choice`, in an engine with these tools. */
function toolChoice(tools: EngineTools) {
  const names = [...new Set([...toolNames, ...tools.keys()])] as unknown as typeof toolNames;
  return z.union([
    z.enum(['none', 'auto', 'required']),
    z
      .object({ type: z.enum(names), function: z.object({ name: z.string() }).optional() })
      .superRefine((choice, context) => {
        if (choice.type === 'function' && !choice.function) {
          reject(
            context,
            "Missing required parameter: 'tool_choice.function'.",
            'missing_required_parameter',
            ['function'],
          );
        }
      }),
  ]);
}

const truncationStrategy = z
  .object({ type: z.enum(['auto', 'last_messages']), last_messages: z.int().min(1).nullish() })
  .superRefine((strategy, context) => {
    if (strategy.type === 'last_messages' && strategy.last_messages == null) {
      reject(
        context,
        "Missing required parameter: 'truncation_strategy.last_messages'.",
        'missing_required_parameter',
        ['last_messages'],
      );
    }
  });

const temperature = z.number().min(0).max(2).nullish();
const topP = z.number().min(0).max(1).nullish();

/** The service's limit for instructions and for the text of a message, in characters. */
export const maxTextLength = 256_000;

const assistantFields = (engineTools: EngineTools) => ({
  name: z.string().max(256).nullish(),
  description: z.string().max(512).nullish(),
  instructions: z.string().max(maxTextLength).nullish(),
  reasoning_effort: reasoningEffort(),
  tools: listOf(toolEntry(engineTools), 128).optional(),
  tool_resources: toolResources,
  metadata,
  temperature,
  top_p: topP,
  response_format: responseFormat.nullish(),
});

const modelName = z.string().min(1);

/** Limits of our own, far above what the service took: the whole request is checked in one go. */
const maxMessages = 10_000;
const maxParts = 500;
const maxAttachments = 500;
const maxAttachmentTools = 10;
const maxToolOutputs = 1000;

const imageDetail = z.enum(['auto', 'low', 'high']).optional();

const messageText = z.string().max(maxTextLength);

/** Rejects text of white space only, as the hosted service did. */
function nonEmpty(text: string, context: z.RefinementCtx): void {
  if (text.trim() === '') reject(context, 'Message content must be non-empty.', 'invalid_value');
}

const contentPart = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: messageText.superRefine(nonEmpty) }),
  z.object({
    type: z.literal('image_url'),
    image_url: z.object({
      url: z.string().superRefine((url, context) => {
        if (/^(https?:\/\/\S+|data:image\/(png|jpeg|jpg|gif|webp);base64,)/.test(url)) return;
        reject(
          context,
          'Invalid image URL: expected an http(s) address or a data: URL of a PNG, JPEG, GIF or WebP image.',
          'invalid_image_url',
        );
      }),
      detail: imageDetail,
    }),
  }),
  z.object({
    type: z.literal('image_file'),
    image_file: z.object({ file_id: z.string(), detail: imageDetail }),
  }),
]);

const attachment = z.object({
  file_id: z.string(),
  tools: listOf(
    z.object({ type: z.enum(['code_interpreter', 'file_search']) }),
    maxAttachmentTools,
  ).optional(),
});

export const createMessage = z.strictObject({
  role: z.enum(['user', 'assistant']),
  content: z.union([messageText.superRefine(nonEmpty), listOf(contentPart, maxParts, 1)]),
  attachments: listOf(attachment, maxAttachments).nullish(),
  metadata,
});

/** For messages and runs, of which only the metadata can be modified. */
export const modifyMetadata = z.strictObject({ metadata });

export const createThread = z.strictObject({
  messages: listOf(createMessage, maxMessages).optional(),
  tool_resources: toolResources,
  metadata,
});

/** `up_to`: the last message to copy; `before`: the first one not to copy. */
export const forkThread = z.strictObject({
  up_to: z.string().nullish(),
  before: z.string().nullish(),
  branch: z.boolean().nullish(),
  metadata,
});

/** `replaces`: the title that the thread has now; another one stays. */
export const titleThread = z.strictObject({ run_id: z.string(), replaces: z.string().nullish() });

export const modifyThread = z.strictObject({ tool_resources: toolResources, metadata });

const runFields = (engineTools: EngineTools) => ({
  assistant_id: z.string(),
  model: modelName.nullish(),
  instructions: z.string().max(maxTextLength).nullish(),
  tools: listOf(toolEntry(engineTools), 20).nullish(),
  metadata,
  temperature,
  top_p: topP,
  stream: z.boolean().nullish(),
  // The document says 256, which the service did not require.
  max_prompt_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  truncation_strategy: truncationStrategy.nullish(),
  tool_choice: toolChoice(engineTools).nullish(),
  parallel_tool_calls: z.boolean().optional(),
  response_format: responseFormat.nullish(),
});

/** The bodies that name tools, in an engine with these tools. */
export function withTools(engineTools: EngineTools) {
  const assistant = assistantFields(engineTools);
  const run = runFields(engineTools);
  return {
    createAssistant: z.strictObject({ ...assistant, model: modelName }),
    modifyAssistant: z.strictObject({ ...assistant, model: modelName.optional() }),
    createRun: z.strictObject({
      ...run,
      reasoning_effort: reasoningEffort(),
      additional_instructions: z.string().max(maxTextLength).nullish(),
      additional_messages: listOf(createMessage, maxMessages).nullish(),
    }),
    createThreadAndRun: z.strictObject({
      ...run,
      thread: createThread.optional(),
      tool_resources: toolResources,
    }),
  };
}

type WithTools = ReturnType<typeof withTools>;

export const submitToolOutputs = z.strictObject({
  tool_outputs: listOf(
    z.object({ tool_call_id: z.string().optional(), output: z.string().optional() }),
    maxToolOutputs,
  ),
  stream: z.boolean().nullish(),
});

export type CreateAssistant = z.output<WithTools['createAssistant']>;
export type ToolResources = NonNullable<z.output<typeof toolResources>>;
export type CreateMessage = z.output<typeof createMessage>;
export type ForkThread = z.output<typeof forkThread>;
export type CreateThread = z.output<typeof createThread>;
export type CreateRun = z.output<WithTools['createRun']>;
