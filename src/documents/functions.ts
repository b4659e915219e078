import { isDeepStrictEqual } from 'node:util';
import type OpenAI from 'openai';
import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import type { ChangeFeed } from '../client/changes';
import { assistantName } from '../client/titles';
import { functionsOf, withFunctions, type FunctionDefinition } from '../functions/tools/definition';
import { FunctionDiagnostics } from './functionDiagnostics';
import { idOf, ObjectFileSystem, unavailable } from './objectFileSystem';

const scheme = 'assistants-functions';
/** The folder in a URI that `contributes.jsonValidation` matches. */
const folder = 'assistant-functions';

/** Opens an assistant's functions as a JSON document; saving it updates the assistant. */
export class FunctionsEditor extends ObjectFileSystem {
  /**
   * By assistant id: the text as last read, and since when it is unchanged. VS Code detects conflicts
   * by that time.
   */
  private readonly versions = new Map<string, { text: string; since: number }>();

  constructor(
    private readonly client: OpenAI,
    changes: ChangeFeed,
  ) {
    super(scheme);
    this.disposables.add(
      new FunctionDiagnostics(scheme),
      changes.onDidChange(({ resource, id }) => {
        if (resource === 'assistants' && id !== undefined) this.notifyChanged(id);
      }),
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

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const content = await this.readFile(uri);
    const mtime = this.versions.get(idOf(uri))?.since ?? 0;
    return { type: vscode.FileType.File, ctime: 0, mtime, size: content.byteLength };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const { id, tools } = await this.request(uri, (id) => this.client.beta.assistants.retrieve(id));
    const text = functionsText(functionsOf(tools));
    if (this.versions.get(id)?.text !== text) this.versions.set(id, { text, since: Date.now() });
    return Buffer.from(text);
  }

  override async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const text = Buffer.from(content).toString();
    const { readFunctions, describeFunctionError } = await import('../functions/tools/readFunctions');
    const { functions, errors } = readFunctions(text);
    const [error] = errors;
    if (error) {
      const message = vscode.l10n.t('The functions were not saved. {0}', describeFunctionError(text, error));
      throw unavailable(message);
    }
    await this.request(uri, async (id) => {
      const { tools } = await this.client.beta.assistants.retrieve(id);
      await this.client.beta.assistants.update(id, { tools: withFunctions(tools, functions) });
    });
  }

  /** Makes VS Code re-read the open document of an assistant. */
  private notifyChanged(id: string): void {
    const open = vscode.workspace.textDocuments.filter(
      ({ uri }) => uri.scheme === scheme && idOf(uri) === id,
    );
    this.changeEmitter.fire(open.map(({ uri }) => ({ type: vscode.FileChangeType.Changed, uri })));
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
