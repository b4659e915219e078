import type { Message } from 'openai/resources/beta/threads/messages';
import * as vscode from 'vscode';
import type { Change } from '../client/changes';
import { describeError } from '../client/errors';
import type { RunEvent } from '../client/runMonitor';
import type { Services } from '../client/services';
import { conversationMarkdown } from './conversation';
import { scheme, targetOf, uriOf, type DocumentTarget } from './target';

type ObjectTarget = Exclude<DocumentTarget, { kind: 'conversation' }>;

/** The read-only documents of `assistants:` addresses; an open one follows what it shows. */
export class AssistantDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<vscode.Uri>();
  private readonly subscriptions: vscode.Disposable[];

  readonly onDidChange = this.emitter.event;

  constructor(private readonly services: Services) {
    this.subscriptions = [
      this.emitter,
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      services.changes.onDidChange((change) => this.refresh(change)),
      services.monitor.onDidReceive((event) => this.streamed(event)),
    ];
  }

  /** Opens a document and answers with what it shows: the object, or the Markdown. */
  async show(target: DocumentTarget): Promise<unknown> {
    const content =
      target.kind === 'conversation' ? await this.markdown(target.threadId) : await this.retrieve(target);
    const uri = uriOf(target);
    const isOpen = vscode.workspace.textDocuments.some(
      (document) => document.uri.toString() === uri.toString(),
    );
    if (isOpen) this.emitter.fire(uri);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    return content;
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const target = targetOf(uri);
    if (!target) throw new Error(vscode.l10n.t('This address names nothing that can be shown.'));
    try {
      if (target.kind === 'conversation') return await this.markdown(target.threadId);
      return `${JSON.stringify(await this.retrieve(target), null, 2)}\n`;
    } catch (error) {
      // What was deleted stays open as a tab that says so.
      return target.kind === 'conversation'
        ? describeError(error)
        : JSON.stringify({ error: describeError(error) });
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  private retrieve(target: ObjectTarget): Promise<unknown> {
    const { assistants, threads } = this.services.client.beta;
    switch (target.kind) {
      case 'assistant':
        return assistants.retrieve(target.id);
      case 'thread':
        return threads.retrieve(target.id);
      case 'message':
        return threads.messages.retrieve(target.id, { thread_id: target.threadId });
      case 'run':
        return threads.runs.retrieve(target.id, { thread_id: target.threadId });
    }
  }

  private async markdown(threadId: string): Promise<string> {
    const { client, assistants } = this.services;
    const messages: Message[] = [];
    const list = client.beta.threads.messages.list(threadId, { order: 'asc', limit: 100 });
    for await (const message of list) messages.push(message);
    const [thread] = await Promise.all([client.beta.threads.retrieve(threadId), assistants.all()]);
    return conversationMarkdown(thread, messages, (id) => assistants.find(id));
  }

  private streamed({ threadId, event }: RunEvent): void {
    if (event.event.startsWith('thread.run.') && !event.event.startsWith('thread.run.step.')) {
      this.refresh({ resource: 'runs', threadId });
    } else if (event.event.startsWith('thread.message.') && event.event !== 'thread.message.delta') {
      this.refresh({ resource: 'messages', threadId });
    }
  }

  private refresh(change: Change): void {
    for (const { uri } of vscode.workspace.textDocuments) {
      const target = targetOf(uri);
      if (target && concerns(change, target)) this.emitter.fire(uri);
    }
  }
}

/** Whether a write may have changed what a document shows. */
function concerns(change: Change, target: DocumentTarget): boolean {
  switch (target.kind) {
    case 'assistant':
      return change.resource === 'assistants' && change.id === target.id;
    case 'thread':
      return change.resource === 'threads' && change.id === target.id;
    case 'message':
      return change.resource !== 'runs' && change.threadId === target.threadId;
    case 'run':
      return change.resource !== 'messages' && change.threadId === target.threadId;
    case 'conversation':
      return change.resource !== 'runs' && change.threadId === target.threadId;
  }
}
