import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import * as z from 'zod';
import { UserError } from '../../client/errors/errors';
import type { Services } from '../../client/services';
import { assistantName } from '../../client/objects/titles';
import type { FunctionsEditor } from '../../documents/functions';
import type { AllowedTools } from '../../functions/tools/allowedTools';
import {
  functionsOf,
  mergeFunctions,
  withFunctions,
  type FunctionDefinition,
} from '../../functions/tools/definition';
import { toolLabel } from '../../functions/tools/editorTools';
import { describeFunctionError, readFunctions } from '../../functions/tools/readFunctions';
import type { WorkspaceFunctions } from '../../functions/tools/workspaceFunctions';
import { command } from '../command';
import { pickFunctions } from '../ask/functionPickers';
import { askChoices, confirm } from '../ask/inputs';
import { pickAssistant } from '../ask/pickers';

/** What these commands use besides the services. */
export interface FunctionParts {
  functionsEditor: FunctionsEditor;
  allowedTools: AllowedTools;
  workspaceFunctions: WorkspaceFunctions;
}

/** Commands that edit the functions and tools of an assistant. */
export function functionCommands(services: Services, parts: FunctionParts) {
  const { functionsEditor, allowedTools, workspaceFunctions } = parts;
  const { assistants } = services.client.beta;

  async function find(assistantId: string | undefined, title: string): Promise<Assistant> {
    if (assistantId === undefined) return pickAssistant(services, title);
    return assistants.retrieve(assistantId);
  }

  async function add(assistant: Assistant, more: readonly FunctionDefinition[]): Promise<Assistant> {
    const functions = mergeFunctions(functionsOf(assistant.tools), more);
    return assistants.update(assistant.id, { tools: withFunctions(assistant.tools, functions) });
  }

  return [
    command('editFunctions', { assistantId: z.string() }, async ({ assistantId }) => {
      const assistant = await find(assistantId, vscode.l10n.t('Edit Functions'));
      await functionsEditor.open(assistant);
      return assistant;
    }),

    command(
      'addFunction',
      { assistantId: z.string(), function: z.unknown() },
      async ({ assistantId, function: given }) => {
        const title = vscode.l10n.t('Add Function');
        const assistant = await find(assistantId, title);
        if (given !== undefined) return add(assistant, functionsFrom(given));
        const picked = await pickFunctions(`${title}: ${assistantName(assistant)}`, workspaceFunctions);
        if (picked === 'empty') {
          await addTemplate(await functionsEditor.open(assistant));
          return assistant;
        }
        // It may have been changed elsewhere while the user chose.
        const current = await assistants.retrieve(assistant.id);
        await confirmReplacing(current, picked);
        return add(current, picked);
      },
    ),

    command('resetAllowedTools', { assistantId: z.string() }, async ({ assistantId }) => {
      const all = Object.entries(allowedTools.all()).flatMap(([id, tools]) =>
        tools.map((tool) => ({ assistantId: id, tool })),
      );
      const chosen =
        assistantId === undefined
          ? await pickAllowed(services, all)
          : all.filter((entry) => entry.assistantId === assistantId);
      for (const entry of chosen) await allowedTools.forget(entry.assistantId, entry.tool);
      return chosen;
    }),
  ];
}

/** Reads functions passed by code, in any supported notation. Throws a UserError that lists all errors. */
function functionsFrom(given: unknown): FunctionDefinition[] {
  const text = JSON.stringify(given, null, 2) ?? '';
  const { functions, errors } = readFunctions(text);
  if (errors.length > 0)
    throw new UserError(errors.map((error) => describeFunctionError(text, error)).join('\n'));
  return functions;
}

async function confirmReplacing(assistant: Assistant, more: readonly FunctionDefinition[]): Promise<void> {
  const there = functionsOf(assistant.tools).map(({ name }) => name);
  const replaced = more.map(({ name }) => name).filter((name) => there.includes(name));
  if (replaced.length === 0) return;
  await confirm(
    vscode.l10n.t('Replace {0}?', replaced.join(', ')),
    vscode.l10n.t('{0} already has a function with that name.', assistantName(assistant)),
    vscode.l10n.t('Replace'),
  );
}

/** Appends a template of a function to the open list, and selects its name. */
async function addTemplate(editor: vscode.TextEditor): Promise<void> {
  const text = editor.document.getText();
  const end = text.lastIndexOf(']');
  if (end < 0) return;
  const before = text.slice(0, end).trimEnd();
  const isFirst = before.endsWith('[');
  const range = new vscode.Range(
    editor.document.positionAt(before.length),
    editor.document.positionAt(text.length),
  );
  const lines = [
    `${isFirst ? '' : ','}`,
    '  {',
    '    "name": "${1:my_function}",',
    `    "description": "\${2:${vscode.l10n.t('What it does, and when to call it.')}}",`,
    '    "parameters": {',
    '      "type": "object",',
    '      "properties": {$3},',
    '      "required": []',
    '    }',
    '  }',
    ']',
    '',
  ];
  const asWritten = { undoStopBefore: true, undoStopAfter: true, keepWhitespace: true };
  await editor.insertSnippet(new vscode.SnippetString(lines.join('\n')), range, asWritten);
}

interface Allowed {
  assistantId: string;
  tool: string;
}

async function pickAllowed({ assistants }: Services, all: readonly Allowed[]): Promise<Allowed[]> {
  if (all.length === 0) {
    throw new UserError(vscode.l10n.t('No tools are always allowed in this workspace.'));
  }
  await assistants.all();
  return askChoices({
    title: vscode.l10n.t('Reset Allowed Tools'),
    placeholder: vscode.l10n.t('Which tools should ask again?'),
    items: all.map((entry) => {
      const assistant = assistants.find(entry.assistantId);
      return {
        label: toolLabel(entry.tool),
        description: assistant ? assistantName(assistant) : entry.assistantId,
        picked: true,
        value: entry,
      };
    }),
  });
}
