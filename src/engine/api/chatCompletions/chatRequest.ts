/** Reads a request to `POST /chat/completions` for a connection that has no server of this API. */
import * as z from 'zod';
import { badRequest } from '../../errors';
import type { ModelMessage, ModelRequest, ModelTool, ModelToolChoice } from '../../models/modelProvider';
import { checkValue } from '../input/validate';

const textPart = z.object({ type: z.literal('text'), text: z.string() });
const refusalPart = z.object({ type: z.literal('refusal'), refusal: z.string() });
const imagePart = z.object({
  type: z.literal('image_url'),
  image_url: z.object({
    url: z.string().regex(/^(https?|data):/i, 'expected an http, https or data URL'),
    detail: z.enum(['auto', 'low', 'high']).optional(),
  }),
});
const texts = z.union([z.string(), z.array(textPart)]);

const toolCall = z.object({
  id: z.string().min(1),
  type: z.literal('function').default('function'),
  function: z.object({ name: z.string().min(1), arguments: z.string() }),
});

const message = z.discriminatedUnion('role', [
  z.object({ role: z.literal('system'), content: texts }),
  z.object({ role: z.literal('developer'), content: texts }),
  z.object({
    role: z.literal('user'),
    content: z.union([z.string(), z.array(z.discriminatedUnion('type', [textPart, imagePart]))]),
  }),
  z.object({
    role: z.literal('assistant'),
    content: z.union([z.string(), z.array(z.discriminatedUnion('type', [textPart, refusalPart]))]).optional(),
    refusal: z.string().optional(),
    tool_calls: z.array(toolCall).optional(),
  }),
  z.object({ role: z.literal('tool'), tool_call_id: z.string(), content: texts }),
]);

const tool = z.object({
  type: z.literal('function'),
  function: z.object({
    name: z
      .string()
      .regex(/^[a-zA-Z0-9_.-]{1,64}$/, 'expected 1 to 64 letters, digits, underscores or dashes'),
    description: z.string().optional(),
    parameters: z.record(z.string(), z.unknown()).optional(),
    strict: z.boolean().optional(),
  }),
});

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name: z.string(),
      description: z.string().optional(),
      schema: z.record(z.string(), z.unknown()).optional(),
      strict: z.boolean().optional(),
    }),
  }),
]);

/** Other parameters (`seed`, penalties, `user`, …) are hints, which a model may ignore. */
const chatRequest = z.object({
  messages: z.array(message).min(1),
  stream: z.boolean().optional(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).optional(),
  tools: z.array(tool).optional(),
  tool_choice: z
    .union([
      z.enum(['auto', 'none', 'required']),
      z.object({ type: z.literal('function'), function: z.object({ name: z.string() }) }),
    ])
    .optional(),
  parallel_tool_calls: z.boolean().optional(),
  response_format: responseFormat.optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  reasoning_effort: z.string().optional(),
  max_tokens: z.int().min(1).optional(),
  max_completion_tokens: z.int().min(1).optional(),
});

type ChatRequest = z.output<typeof chatRequest>;
type ChatMessage = ChatRequest['messages'][number];

/** Parameters that change the form of an answer, and the values of them that change nothing. */
const unsupported: Readonly<Record<string, readonly unknown[]>> = {
  n: [1],
  stop: [],
  logprobs: [false],
  top_logprobs: [0],
  modalities: [],
  audio: [],
  web_search_options: [],
  functions: [],
  function_call: ['auto', 'none'],
};

/** A request for one answer. */
export interface ParsedChatRequest {
  request: ModelRequest;
  stream: boolean;
  /** Whether the last chunk of a stream has the usage. */
  includeUsage: boolean;
}

/** Throws the API's 400 for what is not valid, or what the connection, called `label` in messages, cannot do. */
export function readChatRequest(value: unknown, model: string, label: string): ParsedChatRequest {
  const body = checkValue(chatRequest, value);
  checkSupported(value as Record<string, unknown>, label);
  if (body.stream_options && !body.stream)
    throw badRequest(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      'stream_options',
    );
  return {
    request: modelRequest(body, model),
    stream: body.stream ?? false,
    includeUsage: body.stream_options?.include_usage ?? false,
  };
}

function checkSupported(body: Record<string, unknown>, label: string): void {
  for (const [name, harmless] of Object.entries(unsupported)) {
    const value = body[name];
    if (value === undefined || value === null || harmless.includes(value)) continue;
    if (Array.isArray(value) && (value.length === 0 || (name === 'modalities' && String(value) === 'text')))
      continue;
    const allowed = harmless.length > 0 ? ` with other values than ${harmless.join(', ')}` : '';
    throw badRequest(
      `The connection “${label}” does not support the parameter '${name}'${allowed}.`,
      name,
      'unsupported_parameter',
    );
  }
}

function modelRequest(body: ChatRequest, model: string): ModelRequest {
  const { messages, tools = [] } = body;
  const instructions = messages.flatMap((one) =>
    one.role === 'system' || one.role === 'developer' ? [textOf(one.content)] : [],
  );
  return {
    model,
    instructions: instructions.join('\n\n'),
    messages: modelMessages(messages),
    tools: tools.map((one): ModelTool => one.function),
    toolChoice: toolChoice(body),
    parallelToolCalls: body.parallel_tool_calls,
    responseFormat: body.response_format,
    temperature: body.temperature,
    topP: body.top_p,
    reasoningEffort: body.reasoning_effort,
    maxOutputTokens: body.max_completion_tokens ?? body.max_tokens,
  };
}

function toolChoice({ tools = [], tool_choice: choice }: ChatRequest): ModelToolChoice | undefined {
  if (typeof choice !== 'object') return choice;
  const { name } = choice.function;
  if (!tools.some((one) => one.function.name === name))
    throw badRequest(`The function '${name}' of 'tool_choice' is not among the tools.`, 'tool_choice');
  return { name };
}

function modelMessages(messages: readonly ChatMessage[]): ModelMessage[] {
  const names = new Map<string, string>();
  return messages.flatMap((one, at): ModelMessage[] => {
    switch (one.role) {
      // These are the instructions.
      case 'system':
      case 'developer':
        return [];
      case 'user':
        return [userMessage(one)];
      case 'assistant': {
        const calls = one.tool_calls ?? [];
        for (const { id, function: called } of calls) names.set(id, called.name);
        const content = textOf(one.content ?? '') || (one.refusal ?? '');
        const toolCalls = calls.map(({ id, function: called }) => ({ id, ...called }));
        return [{ role: 'assistant', content, ...(toolCalls.length > 0 && { toolCalls }) }];
      }
      case 'tool': {
        const name = names.get(one.tool_call_id);
        if (name === undefined)
          throw badRequest(
            `Invalid parameter: no earlier message has a tool call with the id '${one.tool_call_id.slice(0, 100)}'.`,
            `messages[${at}].tool_call_id`,
          );
        return [{ role: 'tool', toolCallId: one.tool_call_id, name, output: textOf(one.content) }];
      }
    }
  });
}

function userMessage({ content }: ChatMessage & { role: 'user' }): ModelMessage {
  if (typeof content === 'string') return { role: 'user', content: [{ type: 'text', text: content }] };
  return {
    role: 'user',
    content: content.map((part) =>
      part.type === 'text' ? { type: 'text', text: part.text } : { type: 'image', ...part.image_url },
    ),
  };
}

function textOf(content: string | readonly ({ text: string } | { refusal: string })[]): string {
  if (typeof content === 'string') return content;
  return content.map((part) => ('text' in part ? part.text : part.refusal)).join('');
}
