import * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import { UserError } from '../../client/errors/errors';
import type { Services } from '../../client/services';
import { assistantName } from '../../client/objects/titles';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { Chats } from '../chat/chats';
import type { FormDocument } from './formDocument';
import type * as Loaded from './formPanel';

export const formType = 'assistantsStudio.assistantForm';
export const formScheme = 'assistants-assistant';

/** What a form asks of the commands. */
export interface FormQuestions {
  /** Asks for a model; rejects if the user cancels. */
  pickModel(title: string, current: string): Promise<string>;
}

/**
 * The forms of assistants: custom editors, so that VS Code marks, saves, undoes, backs up and restores them as it does
 * files.
 */
export class AssistantForms implements vscode.CustomEditorProvider<FormDocument>, vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly changeEmitter = this.disposables.add(
    new vscode.EventEmitter<vscode.CustomDocumentEditEvent<FormDocument>>(),
  );
  private readonly documents = new Map<string, FormDocument>();

  readonly onDidChangeCustomDocument = this.changeEmitter.event;

  constructor(
    private readonly services: Services,
    private readonly chats: Chats,
    private readonly extensionUri: vscode.Uri,
    private readonly questions: FormQuestions,
  ) {
    this.disposables.add(
      vscode.window.registerCustomEditorProvider(formType, this, {
        supportsMultipleEditorsPerDocument: false,
      }),
    );
  }

  /** Opens the form of an assistant, or shows the one that is open. */
  async open(assistant: Assistant): Promise<void> {
    const open = vscode.window.tabGroups.all
      .flatMap(({ tabs, viewColumn }) => tabs.map(({ input }) => ({ input, viewColumn })))
      .find(({ input }) => isFormOf(input, assistant.id, this.services.service.id));
    const uri = open ? (open.input as vscode.TabInputCustom).uri : this.uriOf(assistant);
    await vscode.commands.executeCommand('vscode.openWith', uri, formType, open?.viewColumn);
  }

  /** The open form of an assistant. */
  find(assistantId: string): FormDocument | undefined {
    return [...this.documents.values()].find((document) => document.assistantId === assistantId);
  }

  async openCustomDocument(
    uri: vscode.Uri,
    { backupId }: vscode.CustomDocumentOpenContext,
  ): Promise<FormDocument> {
    const { FormDocument } = await load();
    const document = new FormDocument(uri, idOf(uri), uri.query, this.services);
    if (backupId !== undefined) document.restore(await readBackup(vscode.Uri.parse(backupId)));
    this.documents.set(uri.toString(), document);
    document.onDidEdit((edit) => this.changeEmitter.fire({ document, ...bound(edit) }));
    document.onDidDispose(() => this.documents.delete(uri.toString()));
    await document.read();
    return document;
  }

  async resolveCustomEditor(document: FormDocument, panel: vscode.WebviewPanel): Promise<void> {
    const { FormPanel } = await load();
    const { chats, extensionUri, questions, services } = this;
    const open = (assistant: Assistant): Promise<void> => this.open(assistant);
    const form = new FormPanel({ services, chats, extensionUri, questions, open }, document, panel);
    panel.onDidDispose(() => form.dispose());
  }

  saveCustomDocument(document: FormDocument): Promise<void> {
    return document.save();
  }

  async saveCustomDocumentAs(document: FormDocument, destination: vscode.Uri): Promise<void> {
    if (!document.draft) throw new UserError(vscode.l10n.t('The assistant cannot be saved now.'));
    const text = `${JSON.stringify(document.draft, null, 2)}\n`;
    await vscode.workspace.fs.writeFile(destination, Buffer.from(text));
  }

  revertCustomDocument(document: FormDocument): Promise<void> {
    return document.revert();
  }

  async backupCustomDocument(
    document: FormDocument,
    { destination }: vscode.CustomDocumentBackupContext,
  ): Promise<vscode.CustomDocumentBackup> {
    await vscode.workspace.fs.writeFile(destination, Buffer.from(JSON.stringify(document.backup() ?? {})));
    const remove = (): void => {
      // It may be gone already.
      vscode.workspace.fs.delete(destination).then(undefined, () => undefined);
    };
    return { id: destination.toString(), delete: remove };
  }

  dispose(): void {
    this.disposables.dispose();
  }

  /** Its last segment is the title of the tab. */
  private uriOf(assistant: Assistant): vscode.Uri {
    const name = assistantName(assistant)
      .replace(/[\p{Cc}\\/:*?"<>|#]+/gu, ' ')
      .trim();
    const path = `/${assistant.id}/${name || assistant.id}`;
    return vscode.Uri.from({ scheme: formScheme, path, query: this.services.service.id });
  }
}

function isFormOf(input: unknown, assistantId: string, serviceId: string): boolean {
  if (!(input instanceof vscode.TabInputCustom) || input.viewType !== formType) return false;
  return idOf(input.uri) === assistantId && input.uri.query === serviceId;
}

function idOf(uri: vscode.Uri): string {
  return uri.path.split('/')[1] ?? '';
}

/** The parts of a form, loaded when one is opened. */
async function load(): Promise<typeof Loaded> {
  return import('./formPanel');
}

async function readBackup(uri: vscode.Uri): Promise<unknown> {
  try {
    return JSON.parse(Buffer.from(await vscode.workspace.fs.readFile(uri)).toString()) as unknown;
  } catch {
    // Without its backup, the form shows what is stored.
    return undefined;
  }
}

function bound(edit: { label: string; undo(): void; redo(): void }) {
  return { label: edit.label, undo: () => edit.undo(), redo: () => edit.redo() };
}
