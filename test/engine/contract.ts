/**
 * The answers of the Assistants API v2 as in its last OpenAPI document, written independently of the engine.
 * Every answer and event that a test's client receives is checked against them.
 */
import assert from 'node:assert/strict';
import * as z from 'zod';
import { id, metadata, score, time } from './contractBasics';
import { usageList, versionSchemas } from './contractVersions';
import {
  citation,
  fileBatch,
  fileContent,
  searchPage,
  searchResult,
  vectorStore,
  vectorStoreFile,
} from './contractVectorStores';

const tool = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('code_interpreter') }),
  z.strictObject({
    type: z.literal('file_search'),
    file_search: z
      .strictObject({
        max_num_results: z.int().min(1).max(50).optional(),
        ranking_options: z
          .strictObject({ ranker: z.string().optional(), score_threshold: z.number() })
          .optional(),
      })
      .optional(),
  }),
  z.strictObject({
    type: z.literal('function'),
    function: z.strictObject({
      name: z.string(),
      description: z.string().optional(),
      parameters: z.record(z.string(), z.unknown()).optional(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

// The document allows null, and tools without a list. The service sent neither, and clients rely on it.
const toolResources = z.strictObject({
  code_interpreter: z.strictObject({ file_ids: z.array(z.string()) }).optional(),
  file_search: z.strictObject({ vector_store_ids: z.array(z.string()).max(1) }).optional(),
});

const responseFormat = z.union([
  z.literal('auto'),
  z.strictObject({ type: z.enum(['text', 'json_object']) }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.strictObject({
      name: z.string(),
      description: z.string().optional(),
      schema: z.record(z.string(), z.unknown()).optional(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

const usage = z.strictObject({
  prompt_tokens: z.int().min(0),
  completion_tokens: z.int().min(0),
  total_tokens: z.int().min(0),
});

export const assistant = z
  .strictObject({
    id: id('asst'),
    object: z.literal('assistant'),
    created_at: time,
    name: z.string().max(256).nullable(),
    description: z.string().max(512).nullable(),
    model: z.string(),
    instructions: z.string().max(256_000).nullable(),
    tools: z.array(tool).max(128),
    tool_resources: toolResources,
    metadata,
    temperature: z.number().min(0).max(2).nullable(),
    top_p: z.number().min(0).max(1).nullable(),
    response_format: responseFormat,
    // The document has it in requests and does not define it in the answer.
    reasoning_effort: z.string().nullish(),
  })
  .refine(
    ({ tools, tool_resources }) =>
      tools.every(({ type }) => type === 'function' || tool_resources[type] !== undefined),
    'tool_resources',
  );

export const thread = z.strictObject({
  id: id('thread'),
  object: z.literal('thread'),
  created_at: time,
  tool_resources: toolResources,
  metadata,
  // Extensions of the API.
  forked_from: z.strictObject({ thread_id: id('thread'), message_id: id('msg').nullable() }).optional(),
  conversation: id('thread').optional(),
});

/** Extensions of the API. */
const listedThread = thread.extend({ last_active_at: time.optional() });
const trashedThread = thread.extend({ trashed_at: time });
const foundMessage = z.strictObject({
  object: z.literal('thread.search_result'),
  id: z.string(),
  thread,
  message_id: id('msg').nullable(),
  role: z.enum(['user', 'assistant']).nullable(),
  created_at: time,
  found_in: z.enum(['title', 'message', 'code', 'file']),
  passage: z.strictObject({
    text: z.string(),
    matches: z.array(z.strictObject({ start_index: z.int().min(0), end_index: z.int().min(1) })),
  }),
});
const foundMessages = z.strictObject({
  object: z.literal('list'),
  data: z.array(foundMessage),
  first_id: z.string().nullable(),
  last_id: z.string().nullable(),
  has_more: z.boolean(),
  complete: z.boolean(),
});

/** An extension of the API. */
const branches = z.strictObject({
  object: z.literal('thread.branches'),
  threads: z.array(thread).min(1),
  points: z.array(
    z.strictObject({
      object: z.literal('thread.branch_point'),
      message_id: id('msg').nullable(),
      branches: z.array(z.strictObject({ thread_id: id('thread'), message_id: id('msg') })).min(1),
    }),
  ),
});

const annotation = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('file_citation'),
    text: z.string(),
    start_index: z.int().min(0),
    end_index: z.int().min(0),
    file_citation: z.strictObject({ file_id: z.string() }),
  }),
  z.strictObject({
    type: z.literal('file_path'),
    text: z.string(),
    start_index: z.int().min(0),
    end_index: z.int().min(0),
    file_path: z.strictObject({ file_id: z.string() }),
  }),
  // An extension of the API.
  z.strictObject({
    type: z.literal('url_citation'),
    text: z.string(),
    start_index: z.int().min(0),
    end_index: z.int().min(0),
    url: z.url({ protocol: /^https?$/ }).max(2_048),
    title: z.string().max(200).optional(),
  }),
]);

const imageDetail = z.enum(['auto', 'low', 'high']);

const messageContent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('text'),
    text: z.strictObject({ value: z.string(), annotations: z.array(annotation) }),
  }),
  z.strictObject({ type: z.literal('refusal'), refusal: z.string() }),
  z.strictObject({
    type: z.literal('image_file'),
    image_file: z.strictObject({ file_id: z.string(), detail: imageDetail.optional() }),
  }),
  z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({ url: z.url(), detail: imageDetail.optional() }),
  }),
]);

export const message = z
  .strictObject({
    id: id('msg'),
    object: z.literal('thread.message'),
    created_at: time,
    thread_id: id('thread'),
    status: z.enum(['in_progress', 'incomplete', 'completed']),
    incomplete_details: z
      .strictObject({
        reason: z.enum(['content_filter', 'max_tokens', 'run_cancelled', 'run_expired', 'run_failed']),
      })
      .nullable(),
    completed_at: time.nullable(),
    incomplete_at: time.nullable(),
    role: z.enum(['user', 'assistant']),
    content: z.array(messageContent),
    assistant_id: id('asst').nullable(),
    run_id: id('run').nullable(),
    attachments: z
      .array(
        z.strictObject({
          file_id: z.string(),
          tools: z.array(z.strictObject({ type: z.enum(['code_interpreter', 'file_search']) })),
        }),
      )
      .nullable(),
    metadata,
  })
  .refine((m) => (m.status === 'incomplete') === (m.incomplete_details !== null && m.incomplete_at !== null));

const ended = ['completed', 'incomplete', 'failed', 'cancelled', 'expired'] as const;

export const run = z
  .strictObject({
    id: id('run'),
    object: z.literal('thread.run'),
    created_at: time,
    thread_id: id('thread'),
    assistant_id: id('asst'),
    status: z.enum(['queued', 'in_progress', 'requires_action', 'cancelling', ...ended]),
    required_action: z
      .strictObject({
        type: z.literal('submit_tool_outputs'),
        submit_tool_outputs: z.strictObject({
          tool_calls: z
            .array(
              z.strictObject({
                id: z.string(),
                type: z.literal('function'),
                function: z.strictObject({ name: z.string(), arguments: z.string() }),
              }),
            )
            .min(1),
        }),
      })
      .nullable(),
    last_error: z
      .strictObject({
        code: z.enum(['server_error', 'rate_limit_exceeded', 'invalid_prompt']),
        message: z.string().min(1),
      })
      .nullable(),
    expires_at: time.nullable(),
    started_at: time.nullable(),
    cancelled_at: time.nullable(),
    failed_at: time.nullable(),
    completed_at: time.nullable(),
    incomplete_details: z
      .strictObject({ reason: z.enum(['max_completion_tokens', 'max_prompt_tokens']) })
      .nullable(),
    model: z.string(),
    instructions: z.string(),
    tools: z.array(tool),
    metadata,
    usage: usage.nullable(),
    temperature: z.number().nullable(),
    top_p: z.number().nullable(),
    // The document has a minimum of 256, the service did not.
    max_prompt_tokens: z.int().min(1).nullable(),
    max_completion_tokens: z.int().min(1).nullable(),
    truncation_strategy: z.strictObject({
      type: z.enum(['auto', 'last_messages']),
      last_messages: z.int().min(1).nullable(),
    }),
    tool_choice: z.union([
      z.enum(['none', 'auto', 'required']),
      z.strictObject({
        type: z.enum(['function', 'code_interpreter', 'file_search']),
        function: z.strictObject({ name: z.string() }).optional(),
      }),
    ]),
    parallel_tool_calls: z.boolean(),
    response_format: responseFormat,
  })
  .refine((r) => (r.status === 'requires_action') === (r.required_action !== null), 'required_action')
  .refine((r) => (r.status === 'failed') === (r.last_error !== null && r.failed_at !== null), 'last_error')
  .refine((r) => (r.status === 'completed') === (r.completed_at !== null), 'completed_at')
  .refine((r) => (r.status === 'cancelled') === (r.cancelled_at !== null), 'cancelled_at')
  .refine((r) => (r.status === 'incomplete') === (r.incomplete_details !== null), 'incomplete_details')
  .refine((r) => r.usage === null || ended.includes(r.status as (typeof ended)[number]), 'usage');

const codeOutput = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('logs'), logs: z.string() }),
  z.strictObject({ type: z.literal('image'), image: z.strictObject({ file_id: z.string() }) }),
]);

const toolCall = z.discriminatedUnion('type', [
  z.strictObject({
    id: z.string(),
    type: z.literal('code_interpreter'),
    code_interpreter: z.strictObject({ input: z.string(), outputs: z.array(codeOutput) }),
  }),
  z.strictObject({
    id: z.string(),
    type: z.literal('file_search'),
    file_search: z.strictObject({
      ranking_options: z
        .strictObject({ ranker: z.enum(['auto', 'default_2024_08_21']), score_threshold: score })
        .optional(),
      results: z.array(searchResult).optional(),
    }),
  }),
  z.strictObject({
    id: z.string(),
    type: z.literal('function'),
    function: z.strictObject({ name: z.string(), arguments: z.string(), output: z.string().nullable() }),
  }),
]);

export const step = z
  .strictObject({
    id: id('step'),
    object: z.literal('thread.run.step'),
    created_at: time,
    assistant_id: id('asst'),
    thread_id: id('thread'),
    run_id: id('run'),
    type: z.enum(['message_creation', 'tool_calls']),
    status: z.enum(['in_progress', 'cancelled', 'failed', 'completed', 'expired']),
    step_details: z.discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('message_creation'),
        message_creation: z.strictObject({ message_id: id('msg') }),
      }),
      z.strictObject({ type: z.literal('tool_calls'), tool_calls: z.array(toolCall) }),
    ]),
    last_error: z
      .strictObject({ code: z.enum(['server_error', 'rate_limit_exceeded']), message: z.string() })
      .nullable(),
    // The service sent it; the document does not have it.
    expires_at: time.nullable(),
    expired_at: time.nullable(),
    cancelled_at: time.nullable(),
    failed_at: time.nullable(),
    completed_at: time.nullable(),
    metadata,
    usage: usage.nullable(),
  })
  .refine((s) => s.type === s.step_details.type)
  .refine((s) => s.status !== 'in_progress' || s.usage === null, 'usage');

const annotationDelta = z
  .object({ index: z.int().min(0) })
  .loose()
  .transform(({ index: _index, ...rest }) => rest)
  .pipe(annotation);

const messageDelta = z.strictObject({
  id: id('msg'),
  object: z.literal('thread.message.delta'),
  delta: z.strictObject({
    role: z.enum(['user', 'assistant']).optional(),
    content: z.array(
      z.discriminatedUnion('type', [
        z.strictObject({
          index: z.int().min(0),
          type: z.literal('text'),
          text: z.strictObject({
            value: z.string().optional(),
            annotations: z.array(annotationDelta).optional(),
          }),
        }),
        z.strictObject({
          index: z.int().min(0),
          type: z.literal('image_file'),
          image_file: z.strictObject({ file_id: z.string() }),
        }),
        z.strictObject({ index: z.int().min(0), type: z.literal('refusal'), refusal: z.string() }),
      ]),
    ),
  }),
});

const stepDelta = z.strictObject({
  id: id('step'),
  object: z.literal('thread.run.step.delta'),
  delta: z.strictObject({
    step_details: z.strictObject({
      type: z.literal('tool_calls'),
      tool_calls: z.array(
        z.discriminatedUnion('type', [
          z.strictObject({
            index: z.int().min(0),
            id: z.string().optional(),
            type: z.literal('code_interpreter'),
            code_interpreter: z.strictObject({
              input: z.string().optional(),
              outputs: z.array(z.looseObject({ index: z.int().min(0) }).or(z.never())).optional(),
            }),
          }),
          z.strictObject({
            index: z.int().min(0),
            id: z.string().optional(),
            type: z.literal('file_search'),
            file_search: z.strictObject({}),
          }),
          z.strictObject({
            index: z.int().min(0),
            id: z.string().optional(),
            type: z.literal('function'),
            function: z.strictObject({
              name: z.string().optional(),
              arguments: z.string().optional(),
              output: z.string().nullish(),
            }),
          }),
        ]),
      ),
    }),
  }),
});

const list = (item: z.ZodType) =>
  z
    .strictObject({
      object: z.literal('list'),
      data: z.array(item),
      // The document allows no null, which the service sent of empty lists.
      first_id: z.string().nullable(),
      last_id: z.string().nullable(),
      has_more: z.boolean(),
    })
    .refine(
      ({ data, first_id, last_id }) =>
        first_id === ((data[0] as { id: string } | undefined)?.id ?? null) &&
        last_id === ((data.at(-1) as { id: string } | undefined)?.id ?? null),
      'first_id, last_id',
    );

const file = z.strictObject({
  id: z.string().regex(/^file-[A-Za-z0-9]{24}$/),
  object: z.literal('file'),
  bytes: z.int().min(0),
  created_at: time,
  expires_at: time.optional(),
  filename: z.string().min(1),
  purpose: z.enum(['assistants', 'assistants_output', 'batch', 'fine-tune', 'vision', 'user_data', 'evals']),
  status: z.enum(['uploaded', 'processed', 'error']),
  // Deprecated in the document; the service always sent it.
  status_details: z.null(),
});

const deleted = (object: string) =>
  z.strictObject({ id: z.string(), object: z.literal(object), deleted: z.literal(true) });

const model = z.strictObject({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
  name: z.string(),
});

const models = z.strictObject({
  object: z.literal('list'),
  data: z.array(model),
  problems: z.array(z.strictObject({ connection: z.string(), message: z.string() })),
});

/** An addition to the API, which only clients get that have asked for it. */
const reasoningDelta = z.strictObject({
  id: z.string().startsWith('step_'),
  object: z.literal('thread.run.step.reasoning.delta'),
  run_id: z.string().startsWith('run_'),
  delta: z.strictObject({ text: z.string().min(1) }),
});

/** An extension. */
const modelRequestInfo = z.strictObject({
  id: id('mreq'),
  object: z.literal('thread.run.model_request'),
  created_at: time,
  thread_id: id('thread'),
  run_id: id('run'),
  step_ids: z.array(id('step')),
  model: z.string(),
  url: z.string().nullable(),
  status: z.int().nullable(),
  error: z.string().nullable(),
});
const modelRequest = modelRequestInfo.extend({ request: z.string(), response: z.string() });

const error = z.strictObject({
  error: z.strictObject({
    message: z.string().min(1),
    type: z.enum(['invalid_request_error', 'server_error']),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

/** Extensions. */
const { assistantVersion, restoredVersion } = versionSchemas(assistant);

/** An extension. */
const imported = z.strictObject({
  object: z.literal('import'),
  results: z.array(
    z.strictObject({
      object: z.string(),
      source_id: z.string(),
      id: z.string(),
      status: z.enum(['created', 'added', 'exists', 'content_needed']),
      added: z
        .strictObject({ messages: z.int().min(0), runs: z.int().min(0), run_steps: z.int().min(0) })
        .optional(),
    }),
  ),
  problems: z.array(
    z.strictObject({
      object: z.string(),
      source_id: z.string().nullable(),
      thread_id: z.string().optional(),
      reason: z.string().min(1),
    }),
  ),
  more_problems: z.int().min(0),
  ignored_fields: z.array(z.string()),
});

/** Each operation with the schema of its answer; the first match counts. */
/** An extension. */
const codeRun = z.strictObject({
  object: z.literal('code_run'),
  session_id: z.string().regex(/^session_[A-Za-z0-9]{24}$/),
  ok: z.boolean(),
  outputs: z.array(
    z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('logs'), logs: z.string() }),
      z.strictObject({ type: z.literal('image'), image: z.strictObject({ file_id: z.string() }) }),
    ]),
  ),
  files: z.array(z.strictObject({ name: z.string().min(1), file_id: z.string() })),
});

const operations: [method: string, path: RegExp, answer: z.ZodType][] = [
  ['GET', /^\/models$/, models],
  ['GET', /^\/models\/.+$/, model],
  ['GET', /^\/files$/, list(file)],
  ['DELETE', /^\/files\/[^/]+$/, deleted('file')],
  ['*', /^\/files(\/[^/]+)?$/, file],
  ['POST', /^\/code_runs$/, codeRun],
  ['POST', /^\/imports(\/files)?$/, imported],
  ['GET', /^\/vector_stores$/, list(vectorStore)],
  ['DELETE', /^\/vector_stores\/[^/]+$/, deleted('vector_store.deleted')],
  ['*', /^\/vector_stores(\/[^/]+(\/rebuild)?)?$/, vectorStore],
  ['POST', /^\/vector_stores\/[^/]+\/search$/, searchPage],
  ['GET', /^\/vector_stores\/[^/]+\/files$/, list(vectorStoreFile)],
  ['DELETE', /^\/vector_stores\/[^/]+\/files\/[^/]+$/, deleted('vector_store.file.deleted')],
  ['*', /^\/vector_stores\/[^/]+\/files(\/[^/]+)?$/, vectorStoreFile],
  ['GET', /^\/vector_stores\/[^/]+\/files\/[^/]+\/content$/, fileContent],
  ['*', /^\/vector_stores\/[^/]+\/file_batches(\/[^/]+(\/cancel)?)?$/, fileBatch],
  ['GET', /^\/vector_stores\/[^/]+\/file_batches\/[^/]+\/files$/, list(vectorStoreFile)],
  ['GET', /^\/assistants$/, list(assistant)],
  ['GET', /^\/assistants\/[^/]+\/versions$/, list(assistantVersion)],
  ['GET', /^\/assistants\/[^/]+\/versions\/[^/]+$/, assistantVersion],
  ['POST', /^\/assistants\/[^/]+\/versions\/[^/]+\/restore$/, restoredVersion],
  ['GET', /^\/usage$/, usageList],
  ['DELETE', /^\/assistants\/[^/]+$/, deleted('assistant.deleted')],
  ['*', /^\/assistants(\/[^/]+)?$/, assistant],
  ['GET', /^\/threads$/, z.union([list(listedThread), foundMessages])],
  ['GET', /^\/trash\/threads$/, list(trashedThread)],
  [
    'DELETE',
    /^\/trash\/threads$/,
    z.strictObject({
      object: z.literal('list.deleted'),
      ids: z.array(id('thread')),
      deleted: z.literal(true),
    }),
  ],
  ['DELETE', /^\/trash\/threads\/[^/]+$/, deleted('thread.deleted')],
  ['POST', /^\/threads\/[^/]+\/trash$/, trashedThread],
  ['POST', /^\/threads\/[^/]+\/restore$/, thread],
  ['POST', /^\/threads\/runs$/, run],
  ['DELETE', /^\/threads\/[^/]+$/, deleted('thread.deleted')],
  ['*', /^\/threads(\/[^/]+)?$/, thread],
  ['POST', /^\/threads\/[^/]+\/fork$/, thread],
  ['GET', /^\/threads\/[^/]+\/branches$/, branches],
  ['GET', /^\/threads\/[^/]+\/citations\/[^/]+$/, citation],
  ['GET', /^\/threads\/[^/]+\/messages$/, list(message)],
  ['DELETE', /^\/threads\/[^/]+\/messages\/[^/]+$/, deleted('thread.message.deleted')],
  ['*', /^\/threads\/[^/]+\/messages(\/[^/]+)?$/, message],
  ['GET', /^\/threads\/[^/]+\/runs$/, list(run)],
  ['GET', /^\/threads\/[^/]+\/runs\/[^/]+\/steps$/, list(step)],
  ['GET', /^\/threads\/[^/]+\/runs\/[^/]+\/steps\/[^/]+$/, step],
  ['GET', /^\/threads\/[^/]+\/runs\/[^/]+(\/steps\/[^/]+)?\/model_requests$/, list(modelRequestInfo)],
  ['GET', /^\/threads\/[^/]+\/runs\/[^/]+\/model_requests\/[^/]+$/, modelRequest],
  ['*', /^\/threads\/[^/]+\/runs(\/[^/]+(\/(cancel|submit_tool_outputs))?)?$/, run],
];

function checkEvent(event: string, data: string, extended: boolean): void {
  if (event === 'done') return assert.equal(data, '[DONE]');
  const object = extended ? withoutTurn(JSON.parse(data)) : (JSON.parse(data) as unknown);
  if (event === 'write') check(z.strictObject({ path: z.string().startsWith('/v1/') }), object, event);
  else if (event === 'thread.created') check(thread, object, event);
  else if (event === 'thread.message.delta') check(messageDelta, object, event);
  else if (event === 'thread.run.step.delta') check(stepDelta, object, event);
  else if (event === 'thread.run.step.reasoning.delta' && extended) check(reasoningDelta, object, event);
  else if (event.startsWith('thread.message.')) checkStatus(message, object, event);
  else if (event.startsWith('thread.run.step.')) checkStatus(step, object, event);
  else if (event.startsWith('thread.run.')) checkStatus(run, object, event);
  else assert.fail(`There is no event ${event}`);
}

/** An event is named after its object's status; `created` has the first status. */
function checkStatus(schema: z.ZodType, object: unknown, event: string): void {
  check(schema, object, event);
  const name = event.slice(event.lastIndexOf('.') + 1);
  if (name !== 'created') assert.equal((object as { status: string }).status, name, event);
}

function check(schema: z.ZodType, value: unknown, what: string): void {
  const result = schema.safeParse(value);
  assert.ok(
    result.success,
    `${what} breaks the contract: ${z.prettifyError(result.error ?? new z.ZodError([]))}`,
  );
}

/** An answer without the additions that a client has asked for. */
function without(body: unknown, { extended, versioned }: { extended: boolean; versioned: boolean }): unknown {
  if (versioned) return withoutVersion(body);
  return extended ? withoutTurn(body) : body;
}

/** A run, or a list of runs, each of which has the version of its assistant. */
function withoutVersion(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('data' in value && Array.isArray(value.data)) return { ...value, data: value.data.map(withoutVersion) };
  const { assistant_version, ...run } = value as { assistant_version?: unknown };
  check(z.int().min(1).nullable(), assistant_version, 'assistant_version');
  return run;
}

/** A step, or a list of steps, without the additions that a client has asked for. */
function withoutTurn(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('data' in value && Array.isArray(value.data)) return { ...value, data: value.data.map(withoutTurn) };
  if (!('turn' in value)) return value;
  const { turn, ...step } = value;
  assert.equal(typeof turn, 'object');
  return step;
}

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** A `fetch` that fails if an answer does not conform to the contract. */
export function checkedFetch(fetch: Fetch): Fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { pathname, searchParams } = new URL(request.url);
    const included = searchParams.getAll('include[]');
    const extended = included.includes('turn');
    const versioned = included.includes('assistant_version');
    const path = pathname.replace(/^\/v1\/*/, '/').replace(/(?<=.)\/$/, '');
    const response = await fetch(request);
    assert.match(response.headers.get('x-request-id') ?? '', /^req_[0-9a-f]{32}$/);
    if (response.headers.get('content-type')?.startsWith('text/event-stream'))
      return checkedStream(response, extended);
    if (response.headers.get('content-type') === 'application/octet-stream') return response;
    const body: unknown = await response.clone().json();
    const what = `${request.method} ${path} (${response.status})`;
    const operation = operations.find(
      ([method, of]) => (method === '*' || method === request.method) && of.test(path),
    );
    if (!response.ok) check(error, body, what);
    else check(operation?.[2] ?? z.never(), without(body, { extended, versioned }), what);
    return response;
  };
}

function checkedStream(response: Response, extended: boolean): Response {
  let text = '';
  const decoder = new TextDecoder();
  const checker = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      text += decoder.decode(chunk, { stream: true });
      const frames = text.split('\n\n');
      text = frames.pop() ?? '';
      for (const frame of frames) {
        const [, event, data] = /^event: (\S+)\ndata: (.*)$/.exec(frame) ?? [];
        assert.ok(event !== undefined && data !== undefined, `This is no event: ${frame}`);
        checkEvent(event, data, extended);
      }
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body?.pipeThrough(checker), response);
}
