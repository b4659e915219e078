import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import { runCommand } from '../../client/commands';
import { textLimits } from '../../client/limits';
import { loadChecks } from '../../client/objects/assistantChecks';
import { fieldsOf, isSameValue, updateFor } from '../../client/objects/assistantFields';
import { assistantName } from '../../client/objects/titles';
import type { Services } from '../../client/services';
import { toolWords, withChangedSwitches } from '../../client/tools';
import { responseFormats, type FieldName, type FormFields } from '../../protocol/form';
import { askChoice, askChoices, askInTurn, askText, confirmOverwriting, type Question } from './inputs';
import { pickModel } from './modelPicker';
import { pickTools } from './pickers';
import { effortOf, pickEffort } from './reasoningEffort';

/** What the user is asked to change: the fields of the API, and what is beside them. */
export const assistantFields = [
  'name',
  'description',
  'instructions',
  'model',
  'reasoning_effort',
  'temperature',
  'top_p',
  'response_format',
  'tools',
  'functions',
  'addFunction',
  'code_files',
  'vector_stores',
  'suggestions',
  'metadata',
] as const;

export type AssistantField = (typeof assistantFields)[number];

/** The fields that are edited in a document, or by a command of their own. */
export type OpenedField = 'instructions' | 'functions' | 'addFunction';

/** Separates the suggestions in an input box, which has one line. */
const separator = ' | ';

/** Asks which field is to be changed. */
export function askForField(
  { service }: Services,
  assistant: Assistant,
  title: string,
): Promise<AssistantField> {
  const labels: Record<AssistantField, string> = {
    name: vscode.l10n.t('Name'),
    description: vscode.l10n.t('Description'),
    instructions: vscode.l10n.t('Instructions'),
    model: vscode.l10n.t('Model'),
    reasoning_effort: vscode.l10n.t('Reasoning Effort'),
    temperature: vscode.l10n.t('Temperature'),
    top_p: vscode.l10n.t('Top P'),
    response_format: vscode.l10n.t('Response Format'),
    tools: vscode.l10n.t('Tools'),
    functions: vscode.l10n.t('Functions'),
    addFunction: vscode.l10n.t('Add Function…'),
    code_files: vscode.l10n.t('Files for Code Interpreter'),
    vector_stores: vscode.l10n.t('Vector Store'),
    suggestions: vscode.l10n.t('Suggested First Messages'),
    metadata: vscode.l10n.t('Metadata'),
  };
  // The scripted model does not reason.
  const offered = assistantFields.filter(
    (field) => field !== 'reasoning_effort' || !service.isDemo(assistant.model),
  );
  return askChoice({
    title: `${title}: ${assistantName(assistant)}`,
    placeholder: vscode.l10n.t('What do you want to change?'),
    items: offered.map((field) => ({
      label: labels[field],
      detail: valueOf(assistant, field)?.replace(/\s+/g, ' ').slice(0, 120) || vscode.l10n.t('none'),
      value: field,
    })),
  });
}

/** A field's value in a few words. */
function valueOf(assistant: Assistant, field: AssistantField): string | null | undefined {
  const fields = fieldsOf(assistant);
  const namesOf = (areFunctions: boolean): string => {
    const tools = assistant.tools.filter(({ type }) => (type === 'function') === areFunctions);
    return tools.map(toolWords).join(', ');
  };
  switch (field) {
    case 'addFunction':
      return vscode.l10n.t('A quiz, a tool of VS Code, a program of the workspace, …');
    case 'reasoning_effort':
      return effortOf(assistant) ?? vscode.l10n.t('Default');
    case 'tools':
    case 'functions':
      return namesOf(field === 'functions');
    case 'response_format':
      return fields.response_format.type;
    case 'code_files':
    case 'vector_stores':
      return fields[field].join(', ');
    case 'metadata':
      return fields.metadata.map(({ key, value }) => `${key}: ${value}`).join(', ');
    default:
      return fields[field];
  }
}

/** Asks for a field's new value, and updates the assistant. */
export async function changeField(
  services: Services,
  assistant: Assistant,
  field: Exclude<AssistantField, OpenedField>,
  title: string,
): Promise<Assistant> {
  const { assistants } = services.client.beta;
  const named = `${title}: ${assistantName(assistant)}`;
  switch (field) {
    case 'model': {
      const model = await pickModel(services, { title }, assistant.model);
      const { model: current } = await assistants.retrieve(assistant.id);
      await confirmOverwriting({ asked: assistant.model, current, wanted: model });
      return assistants.update(assistant.id, { model });
    }
    case 'reasoning_effort': {
      const asked = effortOf(assistant);
      const wanted = await pickEffort(named, asked);
      const current = effortOf(await assistants.retrieve(assistant.id));
      await confirmOverwriting({ asked: asked ?? '', current: current ?? '', wanted: wanted ?? '' });
      return assistants.update(assistant.id, { reasoning_effort: wanted });
    }
    case 'tools': {
      const asked = assistant.tools.map(({ type }) => type);
      const on = await pickTools({ title: named }, asked);
      // The tools that the user left alone, and the functions, may have been changed elsewhere meanwhile.
      const current = await assistants.retrieve(assistant.id);
      return assistants.update(assistant.id, { tools: withChangedSwitches(current, asked, on) });
    }
    case 'response_format':
      return changeFormat(services, assistant, named);
    case 'code_files':
      return changeCodeFiles(services, assistant, named);
    case 'vector_stores':
      await runCommand('useStore', { assistantId: assistant.id });
      return assistants.retrieve(assistant.id);
    case 'metadata':
      return changeMetadata(services, assistant, named);
    default:
      return changeText(services, assistant, field, named);
  }
}

type TextField = 'name' | 'description' | 'temperature' | 'top_p' | 'suggestions';

async function changeText(
  services: Services,
  assistant: Assistant,
  field: TextField,
  title: string,
): Promise<Assistant> {
  const prompts: Record<TextField, string> = {
    name: vscode.l10n.t('Name of the assistant'),
    description: vscode.l10n.t('What is it for?'),
    temperature: vscode.l10n.t('0 to 2. Empty: as the model has it.'),
    top_p: vscode.l10n.t('0 to 1. Empty: as the model has it.'),
    suggestions: vscode.l10n.t('First messages to suggest, with | between them'),
  };
  const limits: Partial<Record<TextField, number>> = {
    name: textLimits.assistantName,
    description: textLimits.assistantDescription,
    suggestions: textLimits.metadataValue,
  };
  const check = await loadChecks();
  const before = fieldsOf(assistant);
  const shown = (value: string): string =>
    field === 'suggestions' ? value.split('\n').join(separator) : value;
  const stored = (text: string): string => (field === 'suggestions' ? linesOf(text) : text);
  let text = shown(before[field]);
  const ask: Question = async (position) => {
    text = await askText({
      ...position,
      prompt: prompts[field],
      value: text,
      maxLength: limits[field],
      errorOf: (typed) => check({ ...before, [field]: stored(typed) })[field],
    });
  };
  return askInTurn(title, [ask], () => store(services, before, assistant.id, field, stored(text)));
}

function linesOf(text: string): string {
  const parts = text.split('|').map((part) => part.trim());
  return parts.filter((part) => part !== '').join('\n');
}

async function changeFormat(services: Services, assistant: Assistant, title: string): Promise<Assistant> {
  const before = fieldsOf(assistant);
  const labels = {
    auto: vscode.l10n.t('Automatic'),
    text: vscode.l10n.t('Text'),
    json_object: vscode.l10n.t('JSON'),
    json_schema: vscode.l10n.t('JSON that follows a schema'),
  };
  const type = await askChoice({
    title,
    placeholder: vscode.l10n.t('How should it answer?'),
    items: responseFormats.map((value) => ({
      label: labels[value],
      description: value,
      picked: value === before.response_format.type,
      value,
    })),
  });
  if (type === 'json_schema') {
    await runCommand('editResponseSchema', { assistantId: assistant.id });
    return assistant;
  }
  const format = { ...before.response_format, type };
  return store(services, before, assistant.id, 'response_format', format);
}

async function changeCodeFiles(services: Services, assistant: Assistant, title: string): Promise<Assistant> {
  const before = fieldsOf(assistant);
  const { data } = await services.client.files.list({ limit: 100, order: 'desc' });
  const known = new Map(data.map(({ id, filename }) => [id, filename]));
  const ids = [...new Set([...before.code_files, ...known.keys()])];
  const chosen = await askChoices<string>({
    title,
    placeholder: vscode.l10n.t('Which files may its Python code read?'),
    items: ids.map((id) => ({
      label: known.get(id) ?? id,
      description: id,
      picked: before.code_files.includes(id),
      value: id,
    })),
  });
  return store(services, before, assistant.id, 'code_files', chosen);
}

async function changeMetadata(services: Services, assistant: Assistant, title: string): Promise<Assistant> {
  const before = fieldsOf(assistant);
  const index = await askChoice<number>({
    title,
    placeholder: vscode.l10n.t('Which key do you want to change?'),
    items: [
      ...before.metadata.map(({ key, value }, at) => ({ label: key, detail: value, value: at })),
      { label: `$(add) ${vscode.l10n.t('Add Key')}`, value: before.metadata.length },
    ],
  });
  const check = await loadChecks();
  const pair = { ...(before.metadata[index] ?? { key: '', value: '' }) };
  const withPair = (): FormFields['metadata'] => [
    ...before.metadata.slice(0, index),
    { ...pair },
    ...before.metadata.slice(index + 1),
  ];
  const errorOf = (part: 'key' | 'value', text: string): string | undefined => {
    pair[part] = text;
    const errors = check({ ...before, metadata: withPair() });
    return errors[`metadata.${index}.${part}`] ?? errors['metadata'];
  };
  const questions: Question[] = (['key', 'value'] as const).map((part) => async (position) => {
    pair[part] = await askText({
      ...position,
      prompt: part === 'key' ? vscode.l10n.t('Key') : vscode.l10n.t('Value. Empty: the key is removed.'),
      value: pair[part],
      errorOf: (text) => errorOf(part, text),
    });
  });
  return askInTurn(title, questions, () => {
    const metadata = withPair().filter(({ value }, at) => at !== index || value !== '');
    return store(services, before, assistant.id, 'metadata', metadata);
  });
}

/** Stores a field; asks first if it was changed elsewhere while the user was asked. */
async function store<N extends FieldName>(
  { client }: Services,
  before: FormFields,
  assistantId: string,
  field: N,
  value: FormFields[N],
): Promise<Assistant> {
  const current = await client.beta.assistants.retrieve(assistantId);
  const now = fieldsOf(current);
  if (!isSameValue(now[field], before[field])) {
    const words = (one: unknown): string => (typeof one === 'string' ? one : JSON.stringify(one));
    await confirmOverwriting({
      asked: words(before[field]),
      current: words(now[field]),
      wanted: words(value),
    });
  }
  return client.beta.assistants.update(assistantId, updateFor({ ...now, [field]: value }, [field], current));
}
