import type { ModelRequest, ModelResponseFormat, ModelTool } from '../modelProvider';
import { alternating, withInstructions } from './messageRoles';
import type { TokenLimit } from './rejectedParts';
import type { RequestParts } from './requestParts';

/** A request without the parts that the server rejects, and with its messages in the form that it accepts. */
export function adaptRequest(request: ModelRequest, parts: RequestParts): ModelRequest {
  const { format, note } = adaptFormat(request.responseFormat, parts);
  const instructions = note
    ? [request.instructions, note].filter((text) => text.trim()).join('\n\n')
    : request.instructions;
  const temperature = parts.value('temperature', request.temperature);
  return {
    ...request,
    ...adaptMessages({ ...request, instructions }, parts),
    tools: adaptTools(request.tools, parts),
    responseFormat: format,
    temperature,
    topP: topP(request.topP, temperature, parts),
    reasoningEffort: parts.value('reasoning_effort', request.reasoningEffort),
    parallelToolCalls: parts.value('parallel_tool_calls', request.parallelToolCalls),
    toolChoice: adaptToolChoice(request.toolChoice, parts),
  };
}

function topP(
  value: number | undefined,
  temperature: number | undefined,
  parts: RequestParts,
): number | undefined {
  const { rejections } = parts;
  if (value === undefined || temperature === undefined || !rejections.hasBeside('top_p', 'temperature'))
    return parts.value('top_p', value);
  parts.omit('top_p');
  return undefined;
}

function adaptToolChoice(
  choice: ModelRequest['toolChoice'],
  parts: RequestParts,
): ModelRequest['toolChoice'] {
  if (choice === undefined || choice === 'auto') return choice;
  return parts.sends('tool_choice', typeof choice === 'string' ? choice : 'named') ? choice : undefined;
}

function adaptTools(tools: ModelTool[], parts: RequestParts): ModelTool[] {
  if (!tools.some(({ strict }) => strict !== undefined) || parts.sends('strict')) return tools;
  return tools.map((tool) => ({ ...tool, strict: undefined }));
}

/** The format that is sent, and what the instructions say in place of the one that was asked for. */
function adaptFormat(
  format: ModelResponseFormat | undefined,
  parts: RequestParts,
): { format?: ModelResponseFormat; note?: string } {
  if (!format || format.type === 'text') return {};
  const { rejections } = parts;
  const note = formatNote(format);
  if (format.type === 'json_schema') {
    const { name } = format.json_schema;
    if (!rejections.has('json_schema', name)) {
      parts.sends('json_schema', name);
      return { format };
    }
    if (!rejections.has('json_object')) parts.omit('json_schema');
  }
  if (!parts.sends('json_object', undefined, 'response_format')) return { note };
  return format.type === 'json_object' ? { format } : { format: { type: 'json_object' }, note };
}

function formatNote(format: Exclude<ModelResponseFormat, { type: 'text' }>): string {
  const answer = 'Your final answer must be a JSON object and nothing else';
  if (format.type === 'json_object' || !format.json_schema.schema) return `${answer}.`;
  const { description, schema } = format.json_schema;
  return `${answer}. It must conform to this JSON Schema${description ? ` (${description})` : ''}:\n${JSON.stringify(schema)}`;
}

function adaptMessages(
  { instructions, messages }: Pick<ModelRequest, 'instructions' | 'messages'>,
  parts: RequestParts,
): Pick<ModelRequest, 'instructions' | 'messages'> {
  const merged = instructions.trim() !== '' && !parts.keeps('system');
  const all = merged ? withInstructions(messages, instructions) : messages;
  const alternate = alternating(all);
  const changes = alternate.length !== all.length || alternate.some((message, at) => message !== all[at]);
  const kept = !changes || parts.keeps('repeated_roles');
  return { instructions: merged ? '' : instructions, messages: kept ? all : alternate };
}

/** The token limit under the name that the server accepts, the preferred one first. */
export function tokenLimit(
  value: number | undefined,
  preferred: readonly [TokenLimit, ...TokenLimit[]],
  parts: RequestParts,
): Partial<Record<TokenLimit, number>> {
  if (value === undefined) return {};
  const { rejections } = parts;
  const names = [rejections.tokenLimit, ...preferred].filter((name) => name !== undefined);
  const name = names.find((one) => !rejections.has(one)) ?? preferred[0];
  return parts.sends(name, String(value)) ? { [name]: value } : {};
}
