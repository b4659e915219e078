import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import { runCommand, type CommandId } from '../../client/commands';
import { DisposableStore } from '../../client/disposableStore';
import { isCancellation, UserError } from '../../client/errors/errors';
import { storeName } from '../../client/files/knowledge';
import { isAgreedTo } from '../../client/errors/notices';
import { creationParams } from '../../client/objects/assistantFields';
import { assistantName } from '../../client/objects/titles';
import { uploadFile } from '../../client/files/uploads';
import { contentOf } from '../../client/files/fileContent';
import type { Services } from '../../client/services';
import { isFormMessage, type FieldName, type FormAction, type FormHostMessage } from '../../protocol/form';
import type { Chats } from '../chat/chats';
import type { FormQuestions } from './assistantForms';
import { FormDocument } from './formDocument';
import { formHtml, formWebviewOptions } from './formHtml';
import { Trial, untriedFields } from './trial';

export { FormDocument };

/** The command that another part of the extension may have. */
const versionsCommand = 'assistantsStudio.showAssistantVersions';

/** What a form needs of the window. */
export interface FormParts {
  services: Services;
  chats: Chats;
  extensionUri: vscode.Uri;
  questions: FormQuestions;
  /** Opens the form of an assistant. */
  open(assistant: Assistant): Promise<void>;
}

/** The page of a form: shows its document, and does what its buttons say. */
export class FormPanel implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly trial: Trial;
  private readonly names = new Map<string, string>();
  /** The last edit of the page that was applied. */
  private seen = 0;
  /** Whether the page has the document's fields. */
  private isInStep = false;
  private isEditing = false;
  private hasVersions = false;

  constructor(
    private readonly parts: FormParts,
    private readonly document: FormDocument,
    private readonly panel: vscode.WebviewPanel,
  ) {
    const { chats, extensionUri, services } = parts;
    const { webview } = panel;
    this.trial = new Trial(services, chats, document);
    this.disposables.add(
      this.trial,
      document.onDidChange((focus) => this.changed(focus)),
      services.changes.onDidChange(({ resource, id }) => {
        const isOwn = resource === 'assistants' && (id === undefined || id === document.assistantId);
        if (isOwn) document.refresh().catch(services.reporter.log);
        if (resource === 'files' || resource === 'vectorStores') this.names.clear();
      }),
      services.service.onDidChange(() => {
        document.refresh().catch(services.reporter.log);
      }),
      services.connections.onDidChange(() => this.post()),
      panel.onDidChangeViewState(() => {
        if (panel.active) document.refresh().catch(services.reporter.log);
      }),
    );
    webview.options = formWebviewOptions(extensionUri);
    const isOfChat = (message: unknown): boolean => !isFormMessage(message);
    this.disposables.add(
      webview.onDidReceiveMessage((message: unknown) => this.receive(message)),
      this.trial.session.attach(withoutForm(webview, isOfChat)),
    );
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'media', 'icon-light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'media', 'icon-dark.svg'),
    };
    webview.html = formHtml(webview, extensionUri);
    this.trial.update();
    vscode.commands.getCommands(true).then((all) => {
      this.hasVersions = all.includes(versionsCommand);
      this.post();
    }, services.reporter.log);
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private receive(message: unknown): void {
    if (!isFormMessage(message)) return;
    const { document } = this;
    switch (message.type) {
      case 'formReady':
        this.seen = 0;
        this.isInStep = false;
        return this.post();
      case 'formRefresh':
        this.isInStep = false;
        return this.post();
      case 'formEdit':
        this.seen = message.edit;
        this.isEditing = true;
        document.edit(message.field, message.value);
        this.isEditing = false;
        return;
      case 'formDecide':
        return document.decide(message.field, message.keepMine);
      case 'formAction':
        this.act(message.action).catch((error: unknown) => {
          if (!isCancellation(error)) this.parts.services.reporter.notify(error);
        });
    }
  }

  private changed(focus: FieldName | undefined): void {
    if (!this.isEditing) this.isInStep = false;
    this.trial.update();
    this.post(focus);
  }

  private post(focus?: FieldName): void {
    const { document, names, panel, seen, hasVersions } = this;
    const { fields, stored } = document;
    // What the page has typed is not sent back to it.
    const isSent = !this.isInStep && fields !== undefined;
    this.isInStep = fields !== undefined;
    const model = fields?.model ?? '';
    const message: FormHostMessage = {
      type: 'form',
      view: {
        assistantId: document.assistantId,
        status: document.status,
        seen,
        ...(isSent && { fields }),
        ...(focus && { focus }),
        errors: document.errors,
        conflicts: document.conflicts,
        names: Object.fromEntries(names),
        ...(document.saveError !== undefined && { saveError: document.saveError }),
        isDemo: this.parts.services.service.isDemo(model),
        hasVersions,
        untried: untriedFields(document),
      },
    };
    if (stored) panel.title = assistantName(stored);
    panel.webview.postMessage(message).then(undefined, this.parts.services.reporter.log);
    this.readNames().catch(this.parts.services.reporter.log);
  }

  /** Reads the names of files and stores that are not known yet, and shows them. */
  private async readNames(): Promise<void> {
    const { code_files = [], vector_stores = [] } = this.document.fields ?? {};
    const { client } = this.parts.services;
    const wanted = [
      ...code_files.map((id) => ({ id, read: async () => (await client.files.retrieve(id)).filename })),
      ...vector_stores.map((id) => ({
        id,
        read: async () => storeName(await client.vectorStores.retrieve(id)),
      })),
    ].filter(({ id }) => !this.names.has(id));
    if (wanted.length === 0) return;
    for (const { id } of wanted) this.names.set(id, id);
    await Promise.all(
      wanted.map(async ({ id, read }) => {
        const gone = vscode.l10n.t('{0} (deleted)', id);
        this.names.set(id, await read().catch(() => gone));
      }),
    );
    this.post();
  }

  private async act(action: FormAction): Promise<void> {
    const { document } = this;
    const { assistantId, fields } = document;
    const { questions, services } = this.parts;
    const { client } = services;
    const title = vscode.l10n.t('Edit Assistant');
    switch (action) {
      case 'openInstructions':
        await this.saveFirst('instructions');
        return this.run('editAssistant', { field: 'instructions' });
      case 'editFunctions':
        await this.saveFirst('functions');
        return this.run('editFunctions');
      case 'addFunction':
        await this.saveFirst('functions');
        return this.run('addFunction');
      case 'editSchema':
        await this.saveFirst('response_format');
        return this.run('editResponseSchema');
      case 'chooseModel':
        return document.edit('model', await questions.pickModel(title, fields?.model ?? ''));
      case 'addCodeFiles':
        return this.addCodeFiles();
      case 'addKnowledge':
        return this.run('uploadFiles');
      case 'chooseStore':
        return this.run('useStore');
      case 'duplicate':
        await this.saveFirst();
        return this.run('duplicateAssistant');
      case 'delete':
        return this.run('deleteAssistant');
      case 'copyId':
        return this.run('copyId');
      case 'showJson':
        return this.run('showJson');
      case 'showVersions':
        return vscode.commands.executeCommand(versionsCommand, { assistantId });
      case 'chat':
        return this.run('selectAssistant');
      case 'reload':
        return document.read();
      case 'resetTrial':
        return this.trial.reset();
      case 'close':
        return this.close();
      case 'createAgain': {
        const { draft } = document;
        if (!draft) throw new UserError(vscode.l10n.t('The assistant cannot be saved now.'));
        const again = await client.beta.assistants.create(creationParams(draft));
        await this.close();
        return this.parts.open(again);
      }
    }
  }

  private async run(command: CommandId, args: Record<string, unknown> = {}): Promise<void> {
    await runCommand(command, { assistantId: this.document.assistantId, ...args });
  }

  /** Closes the form; what it has in a deleted assistant is dropped. */
  private async close(): Promise<void> {
    this.panel.reveal();
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  }

  /** Asks to save the form, if a field, or any, is changed that another editor shows or a command copies. */
  private async saveFirst(field?: FieldName): Promise<void> {
    const { changed, uri } = this.document;
    if (field === undefined ? changed.length === 0 : !changed.includes(field)) return;
    const agrees = await isAgreedTo(
      vscode.l10n.t('Save the changes of the form first?'),
      vscode.l10n.t('Only what is saved can be used there.'),
      vscode.l10n.t('Save'),
    );
    if (!agrees) throw new vscode.CancellationError();
    await vscode.workspace.save(uri);
    if (this.document.changed.length > 0) throw new vscode.CancellationError();
  }

  private async addCodeFiles(): Promise<void> {
    const title = vscode.l10n.t('Add Files for Code Interpreter');
    const openLabel = vscode.l10n.t('Add');
    const chosen = await vscode.window.showOpenDialog({ title, openLabel, canSelectMany: true });
    const { client } = this.parts.services;
    for (const uri of chosen ?? []) {
      const name = uri.path.split('/').at(-1) ?? '';
      const content = await contentOf(uri);
      const { signal } = new AbortController();
      const file = await uploadFile(client, { name, content, purpose: 'assistants' }, signal);
      this.names.set(file.id, file.filename);
      this.document.edit('code_files', [...(this.document.fields?.code_files ?? []), file.id]);
    }
  }
}

/** A webview without the messages of the form, for the chat in it. */
function withoutForm(webview: vscode.Webview, isOfChat: (message: unknown) => boolean): vscode.Webview {
  const onDidReceiveMessage: vscode.Event<unknown> = (listener, self, disposables) =>
    webview.onDidReceiveMessage(
      (message: unknown) => {
        if (isOfChat(message)) listener.call(self, message);
      },
      undefined,
      disposables,
    );
  return new Proxy(webview, {
    get: (target, name) => {
      if (name === 'onDidReceiveMessage') return onDidReceiveMessage;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
