import type { Message } from 'openai/resources/beta/threads/messages';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import { DisposableStore } from '../client/disposableStore';
import type { Change } from '../client/changes';
import { describeError, UserError } from '../client/errors/errors';
import { isStepEvent } from '../client/runs/liveSteps';
import { readModelRequest } from '../client/runs/modelRequests';
import type { RunEvent } from '../client/runs/runMonitor';
import type { Services } from '../client/services';
import { conversationMarkdown, conversationText } from './conversation/conversation';
import { ConversationLinks, fileLinkScheme } from './conversation/conversationLinks';
import { ConversationReader } from './conversation/conversationParts';
import { requestText, responseText } from './conversation/modelRequestText';
import { readVersion, readVersionedRun } from '../client/objects/assistantVersions';
import { callsOf, inputText, outputText } from './conversation/stepText';
import { versionText } from './versions/versionText';
import { scheme, targetOf, uriOf, type CallTarget, type DocumentTarget, type ExchangeTarget } from './target';

type ObjectTarget = Exclude<
  DocumentTarget,
  CallTarget | ExchangeTarget | { kind: 'assistantVersion' | 'conversation' | 'fileText' | 'passage' }
>;

/** What is not shown as JSON. */
const texts: readonly DocumentTarget['kind'][] = ['assistantVersion', 'conversation', 'fileText', 'passage'];

/** Milliseconds between updates of a document while its step grows. */
const growthInterval = 200;

/** Provides the read-only documents of `assistants:` URIs; open ones are updated when their object changes. */
export class AssistantDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<vscode.Uri>();
  private readonly disposables = new DisposableStore();
  /** Ids of the steps that have grown since their documents were last updated. */
  private readonly grown = new Set<string>();
  private growthTimer: NodeJS.Timeout | undefined;

  private readonly conversations: ConversationReader;
  /** The lines of the last answers in conversations, by thread. */
  private readonly answerLines = new Map<string, number>();

  readonly onDidChange = this.emitter.event;

  constructor(private readonly services: Services) {
    this.conversations = new ConversationReader(services.client);
    this.disposables.add(
      this.emitter,
      new ConversationLinks(),
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      services.changes.onDidChange((change) => this.refresh(change)),
      services.monitor.onDidReceive((event) => this.streamed(event)),
      services.service.onDidChange(() => this.refreshAll()),
    );
  }

  /** Opens a document and returns its content: the object, or the text. */
  async show(target: DocumentTarget): Promise<unknown> {
    const content = await this.content(target);
    const uri = openUriOf(target) ?? uriOf(target);
    if (openDocument(uri)) this.emitter.fire(uri);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), {
      // No preview tab for calls and requests, so that input and output can be compared side by side.
      preview: !isCall(target) && !isExchange(target),
    });
    return content;
  }

  /** Opens a conversation with the cursor, and so the focus of a screen reader, at its last answer. */
  async showLastAnswer(threadId: string, title: string): Promise<unknown> {
    const content = await this.show({ kind: 'conversation', threadId, title });
    const editor = vscode.window.activeTextEditor;
    const line = this.answerLines.get(threadId);
    this.answerLines.delete(threadId);
    if (!editor || line === undefined) return content;
    const place = new vscode.Range(line, 0, line, 0);
    editor.selection = new vscode.Selection(place.start, place.start);
    editor.revealRange(place, vscode.TextEditorRevealType.AtTop);
    return content;
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const target = targetOf(uri);
    if (!target) throw new Error(vscode.l10n.t('There is nothing to show at this address.'));
    const isText = isCall(target) || isExchange(target) || texts.includes(target.kind);
    try {
      const content = await this.content(target);
      return isText ? String(content) : `${JSON.stringify(content, null, 2)}\n`;
    } catch (error) {
      // The tab of a deleted object stays open and shows the error.
      return isText ? describeError(error) : JSON.stringify({ error: describeError(error) });
    }
  }

  dispose(): void {
    clearTimeout(this.growthTimer);
    this.disposables.dispose();
  }

  private async content(target: DocumentTarget): Promise<unknown> {
    if (target.kind === 'passage') return target.text;
    if (target.kind === 'assistantVersion') return this.versionText(target.assistantId, target.version);
    if (target.kind === 'conversation') return this.markdown(target.threadId);
    if (target.kind === 'fileText') return this.fileText(target.vectorStoreId, target.id);
    if (isExchange(target)) return this.exchangeText(target);
    return isCall(target) ? this.callText(target) : this.retrieve(target);
  }

  private async versionText(assistantId: string, version: string): Promise<string> {
    return versionText((await readVersion(this.services.client, assistantId, version)).assistant);
  }

  /** The extracted text of a file in one piece, because offsets count from its start. */
  private async fileText(storeId: string, fileId: string): Promise<string> {
    const { files } = this.services.client.vectorStores;
    let text = '';
    for await (const part of files.content(fileId, { vector_store_id: storeId })) text += part.text ?? '';
    return text;
  }

  private retrieve(target: ObjectTarget): Promise<unknown> {
    const { files, vectorStores } = this.services.client;
    const { assistants, threads } = this.services.client.beta;
    switch (target.kind) {
      case 'assistant':
        return assistants.retrieve(target.id);
      case 'thread':
        return threads.retrieve(target.id);
      case 'message':
        return threads.messages.retrieve(target.id, { thread_id: target.threadId });
      case 'run':
        return readVersionedRun(this.services.client, target.threadId, target.id);
      case 'step':
        return this.step(target.threadId, target.runId, target.id);
      case 'vectorStore':
        return vectorStores.retrieve(target.id);
      case 'file':
        return files.retrieve(target.id);
      case 'storeFile':
        return vectorStores.files.retrieve(target.id, { vector_store_id: target.vectorStoreId });
    }
  }

  /** A step with its current content, also while it is being written. */
  private async step(threadId: string, runId: string, stepId: string): Promise<RunStep> {
    const ids = { thread_id: threadId, run_id: runId };
    const live = this.services.monitor.liveStep(threadId, stepId);
    return live ?? this.services.client.beta.threads.runs.steps.retrieve(stepId, ids);
  }

  private async callText({ kind, threadId, runId, stepId, callId }: CallTarget): Promise<string> {
    const step = await this.step(threadId, runId, stepId);
    const call = callsOf(step).find(({ id }) => id === callId);
    if (!call) throw new UserError(vscode.l10n.t('This step has no call “{0}”.', callId));
    return kind === 'stepInput' ? inputText(call) : outputText(call);
  }

  private async exchangeText(target: ExchangeTarget): Promise<string> {
    const request = await readModelRequest(this.services.client, target);
    return target.kind === 'modelRequest' ? requestText(request) : responseText(request);
  }

  private async markdown(threadId: string): Promise<string> {
    const { client, assistants } = this.services;
    const messages: Message[] = [];
    const list = client.beta.threads.messages.list(threadId, { order: 'asc', limit: 100 });
    for await (const message of list) messages.push(message);
    const [thread] = await Promise.all([client.beta.threads.retrieve(threadId), assistants.all()]);
    const parts = await this.conversations.read(threadId, messages);
    const { text, lastAnswerLine } = conversationText(thread, messages, (id) => assistants.find(id), parts);
    this.answerLines.set(threadId, lastAnswerLine);
    return text;
  }

  /** A conversation as Markdown for an export: it links to the files of the export. */
  async exportedMarkdown(thread: Thread, messages: readonly Message[]): Promise<string> {
    const { assistants } = this.services;
    await assistants.all();
    const parts = await this.conversations.read(thread.id, messages);
    const text = conversationMarkdown(thread, messages, (id) => assistants.find(id), parts);
    return text.replaceAll(`](${fileLinkScheme}:/`, '](../files/');
  }

  private streamed({ threadId, event }: RunEvent): void {
    if (event.event === 'thread.run.step.delta') {
      this.grown.add(event.data.id);
      this.growthTimer ??= setTimeout(() => this.refreshGrown(), growthInterval);
    } else if (isStepEvent(event)) {
      this.grown.add(event.data.id);
      this.refreshGrown();
    } else if (event.event.startsWith('thread.run.')) {
      this.refresh({ resource: 'runs', threadId });
    } else if (event.event.startsWith('thread.message.') && event.event !== 'thread.message.delta') {
      this.refresh({ resource: 'messages', threadId });
    }
  }

  private refreshGrown(): void {
    clearTimeout(this.growthTimer);
    this.growthTimer = undefined;
    for (const { uri } of vscode.workspace.textDocuments) {
      const target = targetOf(uri);
      const stepId = target && (isCall(target) ? target.stepId : target.kind === 'step' && target.id);
      if (stepId && this.grown.has(stepId)) this.emitter.fire(uri);
    }
    this.grown.clear();
  }

  private refreshAll(): void {
    for (const { uri } of vscode.workspace.textDocuments) if (targetOf(uri)) this.emitter.fire(uri);
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
      return change.threadId === target.threadId;
    case 'step':
    case 'stepInput':
    case 'stepOutput':
      // Submitting function outputs is a write to the run.
      return change.resource === 'runs' && change.id === target.runId;
    case 'vectorStore':
      return change.resource === 'vectorStores' && change.id === target.id;
    case 'storeFile':
      return change.resource === 'vectorStores' && change.id === target.vectorStoreId;
    case 'file':
      return change.resource === 'files' && change.id === target.id;
    case 'modelRequest':
    case 'modelResponse':
    case 'assistantVersion':
    case 'fileText':
    case 'passage':
      // A request that was sent, a version, and the content of a file never change.
      return false;
  }
}

function isCall(target: DocumentTarget): target is CallTarget {
  return target.kind === 'stepInput' || target.kind === 'stepOutput';
}

function isExchange(target: DocumentTarget): target is ExchangeTarget {
  return target.kind === 'modelRequest' || target.kind === 'modelResponse';
}

function openDocument(uri: vscode.Uri): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
}

/** The URI under which a call is already open; its name may come from an earlier title of the thread. */
function openUriOf(target: DocumentTarget): vscode.Uri | undefined {
  if (!isCall(target)) return undefined;
  return vscode.workspace.textDocuments.find(({ uri }) => {
    const shown = targetOf(uri);
    return shown?.kind === target.kind && shown.stepId === target.stepId && shown.callId === target.callId;
  })?.uri;
}
