import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../client/errors/errors';
import {
  functionNameFor,
  functionNameRule,
  isFunctionName,
  type FunctionDefinition,
} from '../../functions/tools/definition';
import { functionOfTool, toolLabel } from '../../functions/tools/editorTools';
import { functionsPath, type FunctionFile } from '../../functions/tools/functionFiles';
import { quizFunction } from '../../functions/tools/quiz';
import {
  describeFunctionError,
  readFunctions,
  type FunctionReading,
} from '../../functions/tools/readFunctions';
import type { WorkspaceFunctions } from '../../functions/tools/workspaceFunctions';
import { askChoice, askChoices, askText } from './inputs';

/** Copied JSON may contain all the tools of a request, not only functions. */
const pasted = { skipOtherTools: true };

type Source = 'quiz' | 'editorTool' | 'workspace' | 'file' | 'clipboard' | 'empty';

/** Asks for functions to add; 'empty' for a template to fill in. */
export async function pickFunctions(
  title: string,
  workspaceFunctions: WorkspaceFunctions,
): Promise<FunctionDefinition[] | 'empty'> {
  const source = await askChoice<Source>({
    title,
    placeholder: vscode.l10n.t('Where does the function come from?'),
    items: [
      {
        label: vscode.l10n.t('Quiz (display_quiz)'),
        detail: vscode.l10n.t('Shows questions as a form in the chat and returns the answers'),
        value: 'quiz',
      },
      {
        label: vscode.l10n.t('Editor Tool…'),
        detail: vscode.l10n.t('A tool of VS Code, another extension or an MCP server'),
        value: 'editorTool',
      },
      {
        label: vscode.l10n.t('Workspace Function…'),
        detail: vscode.l10n.t('A program in this workspace’s folder {0}', functionsPath),
        value: 'workspace',
      },
      {
        label: vscode.l10n.t('From File…'),
        detail: vscode.l10n.t('A JSON file with functions, tools or a JSON Schema'),
        value: 'file',
      },
      {
        label: vscode.l10n.t('From the Clipboard'),
        detail: vscode.l10n.t('Copied functions, tools or a JSON Schema'),
        value: 'clipboard',
      },
      {
        label: vscode.l10n.t('Empty…'),
        detail: vscode.l10n.t('Opens a function template in the editor'),
        value: 'empty',
      },
    ],
  });
  switch (source) {
    case 'quiz':
      return [quizFunction];
    case 'editorTool':
      return pickEditorTools(title);
    case 'workspace':
      return pickWorkspaceFunctions(title, workspaceFunctions);
    case 'file':
      return functionsOfFile();
    case 'clipboard':
      return functionsOfClipboard(title);
    case 'empty':
      return 'empty';
  }
}

async function pickEditorTools(title: string): Promise<FunctionDefinition[]> {
  // An assistant has the tools of this extension itself.
  const tools = vscode.lm.tools.filter(({ name }) => !name.startsWith('assistantsStudio_'));
  if (tools.length === 0)
    throw new UserError(vscode.l10n.t('No extension or MCP server currently provides tools.'));
  const items = tools.map((tool) => ({
    label: toolLabel(tool.name),
    description: [toolLabel(tool.name) === tool.name ? '' : tool.name, ...tool.tags.map((tag) => `#${tag}`)]
      .filter(Boolean)
      .join(' '),
    detail: tool.description.replace(/\s+/g, ' ').slice(0, 200),
    value: tool,
  }));
  items.sort((one, other) => one.label.localeCompare(other.label));
  const chosen = await askChoices({ title, placeholder: vscode.l10n.t('Which tools may it use?'), items });
  return chosen.map(functionOfTool);
}

async function pickWorkspaceFunctions(
  title: string,
  workspaceFunctions: WorkspaceFunctions,
): Promise<FunctionDefinition[]> {
  const reason = workspaceFunctions.disabledReason();
  if (reason !== undefined) throw new UserError(reason);
  const files = workspaceFunctions.list();
  if (files.length === 0) {
    throw new UserError(
      vscode.l10n.t(
        'There are no workspace functions. Add a program (.js, .mjs, .ts, .py) to {0}, and a .json file with the same name that describes its arguments.',
        functionsPath,
      ),
    );
  }
  const chosen = await askChoices<FunctionFile>({
    title,
    placeholder: vscode.l10n.t('Which functions may it use?'),
    items: files.map((file) => ({
      label: file.name,
      description: file.file,
      detail: file.error ?? file.definition?.description,
      value: file,
    })),
  });
  return chosen.map(({ definition, error = '' }) => {
    if (!definition) throw new UserError(error);
    return definition;
  });
}

async function functionsOfFile(): Promise<FunctionDefinition[]> {
  const [uri] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Add Function'),
      openLabel: vscode.l10n.t('Add'),
      filters: { JSON: ['json'] },
    })) ?? [];
  if (!uri) throw new vscode.CancellationError();
  const text = Buffer.from(await vscode.workspace.fs.readFile(uri)).toString();
  const { name, base } = path.posix.parse(uri.path);
  return parsed(text, base, functionNameFor(name));
}

/** Asks for the function's name if the copied schema has no title that could be the name. */
async function functionsOfClipboard(title: string): Promise<FunctionDefinition[]> {
  const text = await vscode.env.clipboard.readText();
  const isNameless =
    !isUsable(readFunctions(text, pasted)) &&
    isUsable(readFunctions(text, { ...pasted, fallbackName: 'any' }));
  const fallbackName = isNameless ? await askName(title) : undefined;
  return parsed(text, vscode.l10n.t('The clipboard'), fallbackName);
}

function isUsable({ functions, errors }: FunctionReading): boolean {
  return functions.length > 0 && errors.length === 0;
}

function askName(title: string): Promise<string> {
  return askText({
    title,
    prompt: vscode.l10n.t('Name of the function, by which the model calls it'),
    placeholder: 'get_weather',
    errorOf: (name) => (isFunctionName(name) ? undefined : functionNameRule()),
  });
}

function parsed(text: string, source: string, fallbackName?: string): FunctionDefinition[] {
  const { functions, errors } = readFunctions(text, { ...pasted, fallbackName });
  const [error] = errors;
  if (error) {
    throw new UserError(
      vscode.l10n.t(
        '{0} contains no function that can be added. {1}',
        source,
        describeFunctionError(text, error),
      ),
    );
  }
  if (functions.length === 0) throw new UserError(vscode.l10n.t('{0} contains no functions.', source));
  return functions;
}
