import * as vscode from 'vscode';
import type { FormErrors, FormFields } from '../../protocol/form';
import { formatFrom, numberOf, searchFrom } from './assistantFields';
import { suggestionsKey } from './suggestions';

/** Finds what the API would not accept in the fields of a form, in the API's own words. */
export type CheckFields = (fields: FormFields) => FormErrors;

/** Loads the engine's checks of requests; a server with other rules has its say when the form is saved. */
export async function loadChecks(): Promise<CheckFields> {
  const { withTools, check } = await import('../../engine/api/input/bodies');
  const { modifyAssistant } = withTools(new Map());

  /** The error of an update, and the name of the field that it is about. */
  const errorOf = (update: object): { message: string; param: string } | undefined => {
    try {
      check(modifyAssistant, update);
      return undefined;
    } catch (error) {
      const param = (error as { param?: string | null }).param ?? '';
      return { message: error instanceof Error ? error.message : String(error), param };
    }
  };

  return (fields) => {
    const errors: Record<string, string> = {};
    const put = (path: string, update: object): void => {
      const found = errorOf(update);
      if (found) errors[path] = found.message;
    };
    const { name, description, instructions, model } = fields;
    put('name', { name });
    put('description', { description });
    put('instructions', { instructions });
    put('model', { model });
    put('temperature', { temperature: numberOf(fields.temperature) });
    put('top_p', { top_p: numberOf(fields.top_p) });
    put('reasoning_effort', { reasoning_effort: fields.reasoning_effort || null });
    put('code_files', { tool_resources: { code_interpreter: { file_ids: fields.code_files } } });
    put('vector_stores', { tool_resources: { file_search: { vector_store_ids: fields.vector_stores } } });
    const functions = fields.functions.map((definition) => ({ type: 'function', function: definition }));
    // The limit is one for all tools.
    const others = [
      ...(fields.code_interpreter ? [{ type: 'code_interpreter' }] : []),
      ...(fields.file_search.isOn ? [{ type: 'file_search' }] : []),
    ];
    put('functions', { tools: [...functions, ...others] });
    put('suggestions', { metadata: { [suggestionsKey]: fields.suggestions } });
    Object.assign(errors, searchErrors(fields, errorOf));
    Object.assign(errors, formatErrors(fields, errorOf));
    Object.assign(errors, metadataErrors(fields, errorOf));
    return errors;
  };
}

type ErrorOf = (update: object) => { message: string; param: string } | undefined;

function searchErrors({ file_search: search }: FormFields, errorOf: ErrorOf): FormErrors {
  if (!search.isOn) return {};
  const found = errorOf({ tools: [searchFrom(search)] });
  if (!found) return {};
  const part = ['max_num_results', 'score_threshold'].find((name) => found.param.endsWith(name));
  return { [part ? `file_search.${part}` : 'file_search']: found.message };
}

function formatErrors({ response_format: format }: FormFields, errorOf: ErrorOf): FormErrors {
  if (format.type !== 'json_schema') return {};
  try {
    // The API takes an empty name, and models do not.
    const given = format.name.trim() === '' ? { ...format, name: undefined as unknown as string } : format;
    const found = errorOf({ response_format: formatFrom(given) });
    if (!found) return {};
    const part = ['name', 'description', 'schema'].find((name) => found.param.endsWith(`.${name}`));
    return { [part ? `response_format.${part}` : 'response_format']: found.message };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { 'response_format.schema': vscode.l10n.t('This is not valid JSON: {0}', reason) };
  }
}

function metadataErrors({ metadata, suggestions }: FormFields, errorOf: ErrorOf): FormErrors {
  const errors: Record<string, string> = {};
  const keys = [suggestionsKey, ...metadata.map(({ key }) => key)];
  for (const [index, { key, value }] of metadata.entries()) {
    const isTwice = keys.indexOf(key) <= index;
    if (key === '') errors[`metadata.${index}.key`] = vscode.l10n.t('Enter a key.');
    else if (isTwice) errors[`metadata.${index}.key`] = vscode.l10n.t('This key is there already.');
    const found = errorOf({ metadata: { [key]: value } });
    if (found) errors[`metadata.${index}.${found.param === 'metadata' ? 'key' : 'value'}`] = found.message;
  }
  const count = metadata.length + (suggestions.trim() === '' ? 0 : 1);
  const numbered = Object.fromEntries(Array.from({ length: count }, (_, index) => [String(index), '']));
  const tooMany = errorOf({ metadata: numbered });
  if (tooMany) errors['metadata'] = tooMany.message;
  return errors;
}
