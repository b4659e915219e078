/** The messages between an assistant's form (webview) and its host, imported by both. */
import {
  isAnything,
  isBoolean,
  isIndex,
  isListOf,
  isObjectOf,
  isOneOf,
  isOptional,
  isString,
  type Guarded,
  type Guard,
  type Shaped,
} from './guards';
import { isObject } from './json';

export const responseFormats = ['auto', 'text', 'json_object', 'json_schema'] as const;
export const rankers = ['auto', 'default_2024_08_21'] as const;
export const reasoningEfforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

const isFunction = isObjectOf({
  name: isString,
  description: isOptional(isString),
  parameters: isOptional((value: unknown): value is Record<string, unknown> => isObject(value)),
  strict: isOptional(isBoolean),
});

/**
 * The fields of the form, each with its guard. Numbers are texts, as they are typed; empty: not set. Each field is
 * changed, undone and compared with the stored one as a whole.
 */
export const formFields = {
  name: isString,
  description: isString,
  instructions: isString,
  model: isString,
  temperature: isString,
  top_p: isString,
  /** Empty: not set. */
  reasoning_effort: isString,
  /** `schema` is JSON as text; the fields beside `type` count for `json_schema` alone. */
  response_format: isObjectOf({
    type: isOneOf(responseFormats),
    name: isString,
    description: isString,
    strict: isBoolean,
    schema: isString,
  }),
  code_interpreter: isBoolean,
  code_files: isListOf(isString),
  file_search: isObjectOf({
    isOn: isBoolean,
    max_num_results: isString,
    score_threshold: isString,
    ranker: isOneOf(rankers),
  }),
  vector_stores: isListOf(isString),
  functions: isListOf(isFunction),
  /** One a line. */
  suggestions: isString,
  /** The pairs of the metadata without the suggestions, in order. */
  metadata: isListOf(isObjectOf({ key: isString, value: isString })),
} satisfies Record<string, Guard<unknown>>;

export type FieldName = keyof typeof formFields;
export type FormFields = Shaped<typeof formFields>;
export const fieldNames = Object.keys(formFields) as FieldName[];

/** Errors by the path of what they are about: a field, or a part of it as in `metadata.0.key`. */
export type FormErrors = Readonly<Record<string, string>>;

/** What can be seen of the form. */
export type FormStatus =
  | { kind: 'ready' }
  | { kind: 'loading' }
  /** Deleted by this window, another one or a program; `canCreate`: its fields are known. */
  | { kind: 'deleted'; canCreate: boolean }
  /** The window uses another service than the assistant's. */
  | { kind: 'otherService' }
  | { kind: 'failed'; message: string };

export interface FormView {
  assistantId: string;
  status: FormStatus;
  /** The number of the last edit that the host has applied. */
  seen: number;
  /** Undefined before the assistant is read. */
  fields?: FormFields;
  /** The field that an undo or redo has just changed. */
  focus?: FieldName;
  errors: FormErrors;
  /** What is stored in the fields that were changed here and elsewhere. */
  conflicts: Partial<FormFields>;
  /** The names of files and stores, by id. */
  names: Readonly<Record<string, string>>;
  /** Why the last save failed. */
  saveError?: string;
  /** Whether the model is the scripted one. */
  isDemo: boolean;
  /** Whether the versions of an assistant can be shown. */
  hasVersions: boolean;
  /** Changed fields that the test chat cannot use before they are saved. */
  untried: FieldName[];
}

/** Buttons of the form. */
export const formActions = [
  'openInstructions',
  'chooseModel',
  'addCodeFiles',
  'addKnowledge',
  'chooseStore',
  'addFunction',
  'editFunctions',
  'editSchema',
  'duplicate',
  'delete',
  'copyId',
  'showJson',
  'showVersions',
  'chat',
  'createAgain',
  'close',
  'reload',
  'resetTrial',
] as const;
export type FormAction = (typeof formActions)[number];

/** Host → form. */
export interface FormHostMessage {
  type: 'form';
  view: FormView;
}

/** Form → host. */
const formMessages = {
  formReady: {},
  /** The page has ignored fields that were older than its own edits, and needs them again. */
  formRefresh: {},
  /** A field got a value; `edit` counts the edits of this page. */
  formEdit: { edit: isIndex, field: isOneOf(fieldNames), value: isAnything },
  formAction: { action: isOneOf(formActions) },
  /** A conflict is decided: for the value of the form, or the stored one. */
  formDecide: { field: isOneOf(fieldNames), keepMine: isBoolean },
};
type FormMessageType = keyof typeof formMessages;
export type FormMessageOf<T extends FormMessageType> = {
  [K in T]: { type: K } & Shaped<(typeof formMessages)[K]>;
}[T];
export type FormMessage = FormMessageOf<FormMessageType>;

/** Whether a value that the webview posted is a message of a form; the webview is not trusted. */
export function isFormMessage(value: unknown): value is FormMessage {
  if (!isObject(value) || !isString(value['type']) || !Object.hasOwn(formMessages, value['type']))
    return false;
  if (!isObjectOf(formMessages[value['type'] as FormMessageType])(value)) return false;
  if (value['type'] !== 'formEdit') return true;
  return formFields[value['field'] as FieldName](value['value']);
}

export type FormFunction = Guarded<typeof isFunction>;
