/**
 * The objects that an import takes, as answers of the API have them. Fields that are missing get the values that new
 * objects have; unknown ones are left out.
 */
import * as z from 'zod';
import type { EngineTools } from '../../tools/engineTool';
import { chunkingStrategy, createThread, listOf, metadata, pairsOf, withTools } from '../input/schemas';

/** Far above what models write, so that one object cannot fill the memory. */
const maxText = 4_000_000;
const maxId = 256;
const maxParts = 1000;
const maxCalls = 1000;

/** Up to the year 9999. */
const time = z.int().min(0).max(253_402_300_799);
const timeOrNull = time.nullish().transform((value) => value ?? null);
const sourceId = z.string().min(1).max(maxId);
const reference = sourceId.nullish().transform((value) => value ?? null);
const text = z.string().max(maxText);
const index = z.int().min(0).catch(0);

const head = { id: sourceId, created_at: time.nullish() };
/** Of objects in a thread. An id is derived for messages that have none. */
const innerHead = { id: sourceId.nullish(), created_at: time.nullish(), thread_id: sourceId };

const pairs = metadata.transform((value) => value ?? {});

const annotation = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('file_citation'),
    text: text.catch(''),
    start_index: index,
    end_index: index,
    file_citation: z.object({ file_id: sourceId }),
  }),
  z.object({
    type: z.literal('file_path'),
    text: text.catch(''),
    start_index: index,
    end_index: index,
    file_path: z.object({ file_id: sourceId }),
  }),
  z.object({
    type: z.literal('url_citation'),
    text: text.catch(''),
    start_index: index,
    end_index: index,
    url: z.url({ protocol: /^https?$/ }).max(2048),
    title: z.string().max(200).optional(),
  }),
]);

export type ImportedAnnotation = z.output<typeof annotation>;

const detail = z.enum(['auto', 'low', 'high']).optional();

const contentPart = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('text'),
    text: z.object({
      value: text,
      // Checked one by one: an odd one does not cost the message.
      annotations: listOf(z.unknown(), maxParts)
        .nullish()
        .transform((all) => (all ?? []).flatMap((one) => annotation.safeParse(one).data ?? [])),
    }),
  }),
  z.object({ type: z.literal('refusal'), refusal: text }),
  z.object({ type: z.literal('image_file'), image_file: z.object({ file_id: sourceId, detail }) }),
  z.object({
    type: z.literal('image_url'),
    image_url: z.object({
      url: z
        .string()
        .regex(/^(https?:\/\/\S+|data:image\/(png|jpeg|jpg|gif|webp);base64,)/)
        .max(maxText),
      detail,
    }),
  }),
]);

const message = z.object({
  ...innerHead,
  status: z.enum(['in_progress', 'incomplete', 'completed']).catch('completed'),
  incomplete_details: z
    .object({
      reason: z.enum(['content_filter', 'max_tokens', 'run_cancelled', 'run_expired', 'run_failed']),
    })
    .nullish()
    .catch(null),
  completed_at: timeOrNull,
  incomplete_at: timeOrNull,
  role: z.enum(['user', 'assistant']),
  content: z.union([
    text.transform((value) => [{ type: 'text' as const, text: { value, annotations: [] } }]),
    listOf(contentPart, maxParts),
  ]),
  assistant_id: reference,
  run_id: reference,
  attachments: listOf(
    z.object({
      file_id: sourceId,
      tools: listOf(z.object({ type: z.enum(['code_interpreter', 'file_search']) }), 10)
        .nullish()
        .transform((tools) => tools ?? []),
    }),
    maxParts,
  ).nullish(),
  metadata: pairs,
});

const usage = z
  .object({
    prompt_tokens: z.int().min(0),
    completion_tokens: z.int().min(0),
    total_tokens: z.int().min(0),
  })
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);

const lastError = z
  .object({
    code: z.enum(['server_error', 'rate_limit_exceeded', 'invalid_prompt']).catch('server_error'),
    message: text,
  })
  .nullish()
  .transform((value) => value ?? null);

const ends = {
  expires_at: timeOrNull,
  cancelled_at: timeOrNull,
  failed_at: timeOrNull,
  completed_at: timeOrNull,
};

function run(tools: EngineTools) {
  const { createRun } = withTools(tools);
  const { shape } = createRun;
  return z.object({
    ...innerHead,
    id: sourceId,
    assistant_id: sourceId,
    status: z
      .enum([
        'queued',
        'in_progress',
        'requires_action',
        'cancelling',
        'cancelled',
        'failed',
        'completed',
        'incomplete',
        'expired',
      ])
      .catch('expired'),
    last_error: lastError,
    started_at: timeOrNull,
    ...ends,
    incomplete_details: z
      .object({ reason: z.enum(['max_completion_tokens', 'max_prompt_tokens']) })
      .nullish()
      .catch(null),
    model: z.string().max(maxId).catch(''),
    instructions: text.nullish().transform((value) => value ?? ''),
    tools: entries(shape.tools),
    metadata: pairs,
    usage,
    temperature: shape.temperature.catch(1).transform((value) => (value === undefined ? 1 : value)),
    top_p: shape.top_p.catch(1).transform((value) => (value === undefined ? 1 : value)),
    max_prompt_tokens: shape.max_prompt_tokens.transform((value) => value ?? null),
    max_completion_tokens: shape.max_completion_tokens.transform((value) => value ?? null),
    truncation_strategy: shape.truncation_strategy.catch(null),
    tool_choice: shape.tool_choice.catch('auto').transform((value) => value ?? 'auto'),
    parallel_tool_calls: z
      .boolean()
      .nullish()
      .transform((value) => value ?? true),
    response_format: shape.response_format.catch('auto').transform((value) => value ?? 'auto'),
  });
}

/** A list of tools, checked one by one: an unknown one is left out. `retrieval` is the first version's name. */
function entries<S extends z.ZodType>(list: S) {
  const one = z.unknown().transform((entry): unknown[] => {
    const isOld = (entry as { type?: unknown } | null)?.type === 'retrieval';
    const parsed = list.safeParse([isOld ? { type: 'file_search' } : entry]);
    return (parsed.data as unknown[] | undefined) ?? [];
  });
  return listOf(one, 128)
    .nullish()
    .transform((all) => (all ?? []).flat() as NonNullable<z.output<S>>);
}

const passage = z.object({
  file_id: sourceId,
  file_name: z.string().max(1000).catch(''),
  score: z.number().min(0).max(1).catch(0),
  content: listOf(z.object({ type: z.literal('text'), text }), maxParts)
    .nullish()
    .catch(null),
  location: z
    .object({
      citation: z.string().max(40),
      start: z.int().min(0),
      end: z.int().min(0),
      line: z.int().min(1),
      page: z.int().min(1),
    })
    .partial()
    .nullish()
    .catch(null),
});

export type ImportedPassage = z.output<typeof passage>;

const codeOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('logs'), logs: text }),
  z.object({ type: z.literal('image'), image: z.object({ file_id: sourceId }) }),
]);

const toolCall = z.discriminatedUnion('type', [
  z.object({
    id: sourceId,
    type: z.literal('code_interpreter'),
    code_interpreter: z.object({ input: text, outputs: listOf(codeOutput, maxCalls).catch([]) }),
  }),
  z.object({
    id: sourceId,
    type: z.literal('file_search'),
    file_search: z.object({
      ranking_options: z
        .object({
          ranker: z.enum(['auto', 'default_2024_08_21']).catch('auto'),
          score_threshold: z.number().min(0).max(1),
        })
        .optional()
        .catch(undefined),
      results: listOf(passage, maxParts).optional().catch(undefined),
    }),
  }),
  z.object({
    id: sourceId,
    type: z.literal('function'),
    function: z.object({
      name: z.string().max(maxId),
      arguments: text,
      output: text.nullish().transform((value) => value ?? null),
    }),
  }),
]);

const turn = z
  .object({
    reasoning: z
      .object({ text, seconds: z.number().min(0).optional(), cut: z.literal(true).optional() })
      .optional(),
    usage: z
      .object({ cached_tokens: z.int().min(0).optional(), reasoning_tokens: z.int().min(0).optional() })
      .optional(),
    omitted: listOf(z.string().max(maxId), 100).optional(),
    context: z
      .object({
        window: z.int().min(0).nullable(),
        tokens: z.int().min(0),
        model_window: z.int().min(0).optional(),
        messages_left_out: z.int().min(0).optional(),
        outputs_shortened: z.int().min(0).optional(),
      })
      .optional(),
  })
  .optional()
  .catch(undefined);

const step = z.object({
  ...innerHead,
  id: sourceId,
  run_id: sourceId,
  assistant_id: reference,
  status: z.enum(['in_progress', 'cancelled', 'failed', 'completed', 'expired']).catch('expired'),
  step_details: z.discriminatedUnion('type', [
    z.object({
      type: z.literal('message_creation'),
      message_creation: z.object({ message_id: sourceId }),
    }),
    z.object({ type: z.literal('tool_calls'), tool_calls: listOf(toolCall, maxCalls) }),
  ]),
  last_error: lastError,
  expired_at: timeOrNull,
  ...ends,
  metadata: pairs,
  usage,
  // An extension of the API.
  turn,
});

const thread = z.object({
  ...head,
  metadata: pairs,
  tool_resources: createThread.shape.tool_resources,
  // Extensions of the API.
  forked_from: z.object({ thread_id: sourceId, message_id: reference }).optional().catch(undefined),
  conversation: sourceId.optional().catch(undefined),
});

function assistant(tools: EngineTools) {
  const { createAssistant } = withTools(tools);
  const { shape } = createAssistant;
  return z.object({ ...shape, ...head, tools: entries(shape.tools) });
}

export const filePurposes = [
  'assistants',
  'assistants_output',
  'batch',
  'fine-tune',
  'vision',
  'user_data',
  'evals',
] as const;

const file = z.object({
  ...head,
  bytes: z.int().min(0).nullish(),
  expires_at: time.nullish(),
  filename: z.string().min(1).max(1000),
  purpose: z.enum(filePurposes).catch('user_data'),
});

const vectorStore = z.object({
  ...head,
  name: z.string().max(1000).nullish(),
  description: z.string().max(10_000).nullish(),
  metadata: pairs,
  last_active_at: time.nullish(),
  expires_after: z
    .object({ anchor: z.literal('last_active_at'), days: z.int().min(1).max(365) })
    .nullish()
    .catch(null),
  status: z.string().nullish().catch(null),
});

const vectorStoreFile = z.object({
  ...head,
  vector_store_id: sourceId,
  status: z.enum(['in_progress', 'completed', 'cancelled', 'failed']).catch('in_progress'),
  last_error: z
    .object({
      code: z.enum(['server_error', 'unsupported_file', 'invalid_file']).catch('server_error'),
      message: z.string().min(1).max(10_000),
    })
    .nullish()
    .catch(null),
  chunking_strategy: chunkingStrategy.catch(undefined),
  attributes: pairsOf('attributes', z.union([z.string(), z.number(), z.boolean()])),
});

/** The schemas of an import in an engine with these tools, by the `object` that they check. */
export function importedObjects(tools: EngineTools) {
  return {
    assistant: assistant(tools),
    file,
    vector_store: vectorStore,
    'vector_store.file': vectorStoreFile,
    thread,
    'thread.message': message,
    'thread.run': run(tools),
    'thread.run.step': step,
  };
}

export type ImportedObjects = ReturnType<typeof importedObjects>;
export type ImportedKind = keyof ImportedObjects;
export type Imported<K extends ImportedKind> = z.output<ImportedObjects[K]>;
