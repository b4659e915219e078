import type {
  Assistant,
  AssistantCreateParams,
  AssistantTool,
  AssistantUpdateParams,
} from 'openai/resources/beta/assistants';
import { fieldNames, rankers, responseFormats, type FieldName, type FormFields } from '../../protocol/form';
import { suggestionsKey } from './suggestions';

/** The API's update of an assistant; the client's type lacks values that the API takes. */
type Update = Omit<AssistantUpdateParams, 'reasoning_effort'> & { reasoning_effort?: string | null };

type FileSearch = Extract<AssistantTool, { type: 'file_search' }>;

/** An assistant as the form shows it. */
export function fieldsOf(assistant: Assistant): FormFields {
  const { metadata, tool_resources: resources, tools } = assistant;
  const effort: unknown = 'reasoning_effort' in assistant ? assistant.reasoning_effort : null;
  const { [suggestionsKey]: suggestions = '', ...pairs } = metadata ?? {};
  return {
    name: assistant.name ?? '',
    description: assistant.description ?? '',
    instructions: assistant.instructions ?? '',
    model: assistant.model,
    temperature: numberText(assistant.temperature),
    top_p: numberText(assistant.top_p),
    reasoning_effort: typeof effort === 'string' ? effort : '',
    response_format: formatOf(assistant.response_format),
    code_interpreter: tools.some(({ type }) => type === 'code_interpreter'),
    code_files: resources?.code_interpreter?.file_ids ?? [],
    file_search: searchOf(tools.find((tool) => tool.type === 'file_search')),
    vector_stores: resources?.file_search?.vector_store_ids ?? [],
    functions: tools.flatMap((tool) => (tool.type === 'function' ? [definitionOf(tool.function)] : [])),
    suggestions,
    metadata: Object.entries(pairs).map(([key, value]) => ({ key, value })),
  };
}

/** Whether two values of a field are the same. */
export function isSameValue(one: unknown, other: unknown): boolean {
  if (typeof one === 'string' || one === other) return one === other;
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The names of the fields that differ. */
export function changedFields(from: FormFields, to: FormFields): FieldName[] {
  return fieldNames.filter((name) => !isSameValue(from[name], to[name]));
}

/** The update that gives an assistant these fields of the form; `current`: its present state. */
export function updateFor(
  fields: FormFields,
  changed: readonly FieldName[],
  current: Pick<Assistant, 'tools' | 'tool_resources'>,
): AssistantUpdateParams {
  const has = (...names: FieldName[]): boolean => names.some((name) => changed.includes(name));
  const update: Update = {
    ...(has('name') && { name: fields.name }),
    ...(has('description') && { description: fields.description }),
    ...(has('instructions') && { instructions: fields.instructions }),
    ...(has('model') && { model: fields.model }),
    ...(has('temperature') && { temperature: numberOf(fields.temperature) }),
    ...(has('top_p') && { top_p: numberOf(fields.top_p) }),
    ...(has('reasoning_effort') && { reasoning_effort: fields.reasoning_effort || null }),
    ...(has('response_format') && { response_format: formatFrom(fields.response_format) }),
    ...(has('code_interpreter', 'file_search', 'functions') && { tools: toolsFrom(fields, current.tools) }),
    ...(has('code_files', 'vector_stores') && { tool_resources: resourcesFrom(fields) }),
    ...(has('suggestions', 'metadata') && { metadata: metadataFrom(fields) }),
  };
  return update as AssistantUpdateParams;
}

/** What another assistant like this one is created with. */
export function creationParams(assistant: Assistant): AssistantCreateParams {
  const own = ['id', 'object', 'created_at'];
  const params = Object.entries(assistant).filter(([name]) => !own.includes(name));
  return Object.fromEntries(params) as unknown as AssistantCreateParams;
}

/** The number that a text stands for; null if it is empty, and the text itself if it is no number. */
export function numberOf(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const number = Number(trimmed);
  // The API's check names what is wrong with it.
  return Number.isFinite(number) ? number : (trimmed as unknown as number);
}

/** The response format of the API; throws a SyntaxError if the schema is not JSON. */
export function formatFrom(format: FormFields['response_format']): Assistant['response_format'] {
  const { type, name, description, strict, schema } = format;
  if (type === 'auto') return 'auto';
  if (type !== 'json_schema') return { type };
  return {
    type,
    json_schema: {
      name,
      ...(description !== '' && { description }),
      ...(schema.trim() !== '' && { schema: JSON.parse(schema) as Record<string, unknown> }),
      ...(strict && { strict }),
    },
  };
}

/** The entry of `tools` for file search. */
export function searchFrom(search: FormFields['file_search']): FileSearch {
  const max = numberOf(search.max_num_results);
  const threshold = numberOf(search.score_threshold);
  const isRanked = threshold !== null || search.ranker !== 'auto';
  const options = {
    ...(max !== null && { max_num_results: max }),
    ...(isRanked && { ranking_options: { ranker: search.ranker, score_threshold: threshold ?? 0 } }),
  };
  return { type: 'file_search', ...(Object.keys(options).length > 0 && { file_search: options }) };
}

/** The metadata of the API. */
export function metadataFrom({ metadata, suggestions }: FormFields): Record<string, string> {
  return {
    ...Object.fromEntries(metadata.map(({ key, value }) => [key, value])),
    ...(suggestions.trim() !== '' && { [suggestionsKey]: suggestions }),
  };
}

function toolsFrom(fields: FormFields, current: readonly AssistantTool[]): AssistantTool[] {
  const known = ['code_interpreter', 'file_search', 'function'];
  return [
    ...(fields.code_interpreter ? [{ type: 'code_interpreter' as const }] : []),
    ...(fields.file_search.isOn ? [searchFrom(fields.file_search)] : []),
    // Those that the form does not know.
    ...current.filter(({ type }) => !known.includes(type)),
    ...fields.functions.map((definition) => ({ type: 'function' as const, function: definition })),
  ];
}

function resourcesFrom({ code_files, vector_stores }: FormFields): Assistant.ToolResources {
  return {
    code_interpreter: { file_ids: code_files },
    file_search: { vector_store_ids: vector_stores },
  };
}

function formatOf(format: unknown): FormFields['response_format'] {
  const empty = { type: 'auto' as const, name: '', description: '', strict: false, schema: '' };
  const { type, json_schema: described } = (typeof format === 'object' ? (format ?? {}) : {}) as {
    type?: string;
    json_schema?: { name?: string; description?: string | null; strict?: boolean | null; schema?: unknown };
  };
  const known = responseFormats.find((name) => name === type) ?? 'auto';
  if (known !== 'json_schema') return { ...empty, type: known };
  return {
    type: known,
    name: described?.name ?? '',
    description: described?.description ?? '',
    strict: described?.strict === true,
    schema: described?.schema === undefined ? '' : JSON.stringify(described.schema, null, 2),
  };
}

function searchOf(tool: FileSearch | undefined): FormFields['file_search'] {
  const { max_num_results: max, ranking_options: ranking } = tool?.file_search ?? {};
  return {
    isOn: tool !== undefined,
    max_num_results: numberText(max),
    score_threshold: numberText(ranking?.score_threshold),
    ranker: rankers.find((name) => name === ranking?.ranker) ?? 'auto',
  };
}

function definitionOf(definition: {
  name: string;
  description?: string;
  parameters?: Record<string, unknown>;
  strict?: boolean | null;
}): FormFields['functions'][number] {
  const { name, description, parameters, strict } = definition;
  return {
    name,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    ...(typeof strict === 'boolean' && { strict }),
  };
}

function numberText(value: number | null | undefined): string {
  return typeof value === 'number' ? String(value) : '';
}
