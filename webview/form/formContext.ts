import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { FieldName, FormFields, FormView } from '../../src/protocol/form';
import type { FormStrings } from '../../src/protocol/formStrings';
import type { FormModel } from './formModel';

export interface FormContext {
  model: FormModel;
  strings: FormStrings;
  view: FormView;
  fields: FormFields;
}

export const Context = createContext<FormContext | undefined>(undefined);

/** The context of the form. Throws outside of it. */
export function useForm(): FormContext {
  const context = useContext(Context);
  if (context === undefined) throw new Error('useForm() needs a Context.Provider above it.');
  return context;
}

/** Fills `{0}` in a string. */
export function fill(template: string, value: string): string {
  return template.replace('{0}', () => value);
}

/** The label of a field. */
export function labelOf(field: FieldName, strings: FormStrings): string {
  const labels: Record<FieldName, string> = {
    name: strings.name,
    description: strings.description,
    instructions: strings.instructions,
    model: strings.model,
    temperature: strings.temperature,
    top_p: strings.topP,
    reasoning_effort: strings.reasoningEffort,
    response_format: strings.responseFormat,
    code_interpreter: strings.codeInterpreter,
    code_files: strings.codeFiles,
    file_search: strings.fileSearch,
    vector_stores: strings.vectorStores,
    functions: strings.functions,
    suggestions: strings.suggestions,
    metadata: strings.metadata,
  };
  return labels[field];
}
