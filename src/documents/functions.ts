import { isDeepStrictEqual } from 'node:util';
import type OpenAI from 'openai';
import type { Assistant, AssistantUpdateParams } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import type { ChangeFeed } from '../client/changes';
import { assistantName } from '../client/objects/titles';
import { functionsOf, withFunctions, type FunctionDefinition } from '../functions/tools/definition';
import { AssistantFileSystem } from './assistantFileSystem';
import { FunctionDiagnostics } from './functionDiagnostics';
import { unavailable } from './objectFileSystem';

const scheme = 'assistants-functions';
/** The folder in a URI that `contributes.jsonValidation` matches. */
const folder = 'assistant-functions';

/** Opens an assistant's functions as a JSON document; saving it updates the assistant. */
export class FunctionsEditor extends AssistantFileSystem {
  constructor(client: OpenAI, changes: ChangeFeed) {
    super(scheme, client, changes);
    this.disposables.add(
      new FunctionDiagnostics(scheme),
      vscode.workspace.onWillSaveTextDocument((event) => {
        // Not on auto save: that would rewrite the text while the user types.
        const isAsked = event.reason === vscode.TextDocumentSaveReason.Manual;
        if (isAsked && event.document.uri.scheme === scheme) event.waitUntil(normalise(event.document));
      }),
    );
  }

  async open(assistant: Assistant): Promise<vscode.TextEditor> {
    const document = await vscode.workspace.openTextDocument(uriOf(assistant));
    return vscode.window.showTextDocument(document, { preview: false });
  }

  protected textOf({ tools }: Assistant): string {
    return functionsText(functionsOf(tools));
  }

  protected async parse(text: string): Promise<(assistant: Assistant) => AssistantUpdateParams> {
    const { readFunctions, describeFunctionError } = await import('../functions/tools/readFunctions');
    const { functions, errors } = readFunctions(text);
    const [error] = errors;
    if (error) {
      const message = vscode.l10n.t('The functions were not saved. {0}', describeFunctionError(text, error));
      throw unavailable(message);
    }
    return ({ tools }) => ({ tools: withFunctions(tools, functions) });
  }
}

/** The URI of an assistant's functions; its last segment is the tab's title. */
function uriOf(assistant: Assistant): vscode.Uri {
  const name = assistantName(assistant)
    .replace(/[\p{Cc}\\/:*?"<>|#]+/gu, ' ')
    .trim();
  const file = vscode.l10n.t('Functions of {0}', name);
  return vscode.Uri.from({ scheme, path: `/${assistant.id}/${folder}/${file}.json` });
}

function functionsText(functions: readonly FunctionDefinition[]): string {
  return `${JSON.stringify(functions, null, 2)}\n`;
}

/**
 * Converts functions in another format to the stored one; leaves the text alone if it is in that format
 * already.
 */
async function normalise(document: vscode.TextDocument): Promise<vscode.TextEdit[]> {
  const text = document.getText();
  const { readFunctions } = await import('../functions/tools/readFunctions');
  const { functions, errors } = readFunctions(text);
  if (errors.length > 0 || isDeepStrictEqual(JSON.parse(text), functions)) return [];
  const everything = new vscode.Range(document.positionAt(0), document.positionAt(text.length));
  return [vscode.TextEdit.replace(everything, functionsText(functions))];
}
