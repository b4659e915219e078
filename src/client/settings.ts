import * as vscode from 'vscode';
import type manifest from '../../package.json';
import type titles from '../../package.nls.json';

/**
 * The one place that reads and writes settings. Each is described in package.json and nowhere else: its
 * type, its default and its limits are taken from there.
 */

/** The settings of package.json by their group: a union, of which each part has some of them. */
type Groups = (typeof manifest)['contributes']['configuration'][number]['properties'];

/** The settings of package.json, without the `assistantsStudio.` before each. */
export type SettingId = IdOfSchema<KeyOf<Groups>>;

type KeyOf<Group> = Group extends unknown ? keyof Group : never;

/** The schema of a setting, from the group that has it. */
type SchemaOf<Name, Group = Groups> = Group extends unknown
  ? Name extends keyof Group
    ? NonNullable<Group[Name]>
    : never
  : never;

type IdOfSchema<Key> = Key extends `assistantsStudio.${infer Id}` ? Id : never;

/** The type of a setting's value: one of its options, or the type of its default. */
export type SettingValue<Id extends SettingId> =
  SchemaOf<`assistantsStudio.${Id}`> extends { enum: string[] }
    ? OptionOf<Id, keyof typeof titles>
    : TypeOfDefault<SchemaOf<`assistantsStudio.${Id}`>>;

/** The options of an enum, from their descriptions: TypeScript keeps no texts of JSON. */
type OptionOf<Id extends string, Key> = Key extends `setting.${Id}.${infer Option}` ? Option : never;

type TypeOfDefault<Schema> = Schema extends { default: infer Default }
  ? Default extends unknown[]
    ? unknown[]
    : Default
  : never;

/** What the schema of a setting says about its value. */
interface Schema {
  type: string;
  default: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
}

const section = 'assistantsStudio';

/**
 * A setting's value. VS Code marks a value that its schema does not allow and passes it on all the same:
 * then this is the default, or the maximum for a number above it.
 */
export function readSetting<Id extends SettingId>(id: Id): SettingValue<Id> {
  const value: unknown = vscode.workspace.getConfiguration(section).get(id);
  return allowedValue(value, schemaOf(id)) as SettingValue<Id>;
}

/** Writes a setting to the user's settings; undefined removes it. */
export async function writeSetting<Id extends SettingId>(
  id: Id,
  value: SettingValue<Id> | undefined,
): Promise<void> {
  await vscode.workspace.getConfiguration(section).update(id, value, vscode.ConfigurationTarget.Global);
}

/** Calls the listener each time the setting changes. */
export function onDidChangeSetting(id: SettingId, listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(`${section}.${id}`)) listener();
  });
}

/** Whether the user wants walkthroughs to open when an extension was installed: a setting of VS Code. */
export function opensWalkthroughs(): boolean {
  const page = vscode.workspace.getConfiguration('workbench.welcomePage');
  return page.get<boolean>('walkthroughs.openOnInstall', true);
}

/** Shows a setting in VS Code's settings editor. */
export async function openSetting(id: SettingId): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', `${section}.${id}`);
}

function schemaOf(id: SettingId): Schema {
  const extension = vscode.extensions.getExtension('assistants-studio.assistants-studio')!;
  const { contributes } = extension.packageJSON as typeof manifest;
  const schemas: Partial<Record<string, Schema>>[] = contributes.configuration.map(
    ({ properties }) => properties,
  );
  return schemas.map((group) => group[`${section}.${id}`]).find((schema) => schema !== undefined)!;
}

function allowedValue(value: unknown, { type, default: fallback, ...limits }: Schema): unknown {
  if (type === 'array') return Array.isArray(value) ? value : fallback;
  if (type === 'integer' || type === 'number') {
    const isNumber = type === 'integer' ? Number.isInteger(value) : Number.isFinite(value);
    const { minimum = -Infinity, maximum = Infinity } = limits;
    return isNumber && Number(value) >= minimum ? Math.min(Number(value), maximum) : fallback;
  }
  const isAllowed = typeof value === type && value !== null && (!limits.enum || limits.enum.includes(value));
  return isAllowed ? value : fallback;
}

/** A glob pattern of the files that VS Code's own search leaves out, as `files.exclude` and `search.exclude` say. */
export function searchExcludes(): string {
  const patterns = new Set(['**/node_modules/**', '**/.git/**']);
  for (const name of ['files', 'search']) {
    const excluded = vscode.workspace
      .getConfiguration(name, null)
      .get<Record<string, unknown>>('exclude', {});
    // A condition, such as a file beside it, is an object.
    for (const [pattern, is] of Object.entries(excluded)) if (is === true) patterns.add(pattern);
  }
  // Braces cannot stand in braces in every place where the pattern is read.
  return `{${[...patterns].filter((pattern) => !/[{},]/.test(pattern)).join(',')}}`;
}
