import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import { ActiveService } from '../../src/client/service/activeService';
import { AssistantList } from '../../src/client/objects/assistantList';
import { ChangeFeed } from '../../src/client/changes';
import { createClient } from '../../src/client/client';
import { Connections } from '../../src/client/models/connections';
import { Conversations } from '../../src/client/runs/conversations';
import { KeyStore } from '../../src/client/models/keys';
import type { Reporter } from '../../src/client/errors/reporter';
import { RunMonitor } from '../../src/client/runs/runMonitor';
import type { Services } from '../../src/client/services';
import type { ToolHandler } from '../../src/functions/toolHandler';
import { FunctionCalls } from '../../src/functions/functionCalls';
import { createEngine, type Engine } from '../../src/engine/engine';
import type {
  ModelEvent,
  ModelFinishReason,
  ModelProvider,
  ModelRequest,
} from '../../src/engine/models/modelProvider';
import type { ChatMessage, ChatState, HostMessage } from '../../src/protocol/chat';
import {
  hostQuestions,
  type HostQuestions,
  type PanelQuestions,
  panelQuestions,
} from '../../src/protocol/chatQuestions';
import { Asker, type Ask, type ParamsOf, type ResultOf } from '../../src/protocol/questions';
import { ChatSession } from '../../src/views/chat/chatSession';
import type { ChatSelection } from '../../src/views/chat/chatState';
import { createChatContext } from '../../src/views/chat/context/chatContext';
import { Drafts } from '../../src/views/chat/drafts';
import { KeptAttachments } from '../../src/views/chat/keptAttachments';
import { MessageQueues } from '../../src/views/chat/messageQueues';
import { ShownBranches } from '../../src/client/objects/shownBranches';
import { until } from './support';

/** A model that sends what the test wants, when the test wants. */
export class PuppetModel implements ModelProvider {
  private waiting: (() => void) | undefined;
  private readonly events: (ModelEvent | Error)[] = [];

  /** Sends the next pieces of text. */
  say(...words: string[]): void {
    this.push(...words.map((text): ModelEvent => ({ type: 'text', text })));
  }

  /** Sends a piece of reasoning. */
  think(text: string): void {
    this.push({ type: 'reasoning', text });
  }

  /** Starts a function call; `index` numbers the calls of one turn. */
  call(name: string, args: string, index = 0): void {
    this.push({ type: 'tool_call', index, id: `call_${index + 1}`, name });
    this.continueCall(args, index);
  }

  /** Sends more of the call's arguments. */
  continueCall(args: string, index = 0): void {
    this.push({ type: 'tool_call_arguments', index, arguments: args });
  }

  /** Ends the answer. */
  finish(reason: ModelFinishReason = 'stop'): void {
    this.push({ type: 'finish', reason });
  }

  fail(error: Error): void {
    this.push(error);
  }

  /** The last request it received. */
  lastRequest: ModelRequest | undefined;

  listModels = () => Promise.resolve([{ id: 'puppet' }]);

  async *generate(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    this.lastRequest = request;
    for (;;) {
      signal.throwIfAborted();
      const event = this.events.shift();
      if (event instanceof Error) throw event;
      if (event) yield event;
      else await this.next(signal);
      if (event?.type === 'finish') return;
    }
  }

  private push(...events: (ModelEvent | Error)[]): void {
    this.events.push(...events);
    this.waiting?.();
  }

  private next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting = resolve;
      signal.addEventListener('abort', () => reject(new DOMException('Stopped', 'AbortError')), {
        once: true,
      });
    });
  }
}

/** Differences from a window of the extension. */
export interface WindowOptions {
  /** Answers a request in the engine's place. */
  refuse?: (url: string) => Response | undefined;
  handlers?: ToolHandler[];
}

/** The parts of a window, as `activate` builds them, over the test's own engine. */
export class TestWindow {
  readonly reported: unknown[] = [];
  readonly services: Services;
  readonly calls: FunctionCalls;
  readonly queues: MessageQueues;
  readonly branches: ShownBranches;
  private readonly engine: Engine;
  private readonly owned: vscode.Disposable[];

  constructor(
    readonly dataDir: string,
    readonly model: PuppetModel,
    readonly state = memento(),
    private readonly options: WindowOptions = {},
    /** The window's own state, which survives a reload. */
    private readonly workspaceState = memento(),
  ) {
    const { refuse = () => undefined, handlers = [] } = options;
    this.engine = createEngine({
      dataDir,
      models: () => [{ id: 'puppet', label: 'Puppet', provider: model }],
    });
    const report = (error: unknown): void => void this.reported.push(error);
    // Not a real one: closing its output channel would also close the extension's, which has the same name.
    const reporter = { log: report, notify: report, info: () => {} } as unknown as Reporter;
    const keys = new KeyStore(undefined as unknown as vscode.SecretStorage);
    const connections = new Connections(keys);
    const embedded: Engine['fetch'] = async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      return refuse(url) ?? this.engine.fetch(input, init);
    };
    const service = new ActiveService({ embedded, connections, keys, choice: memento(), memory: memento() });
    const changes = new ChangeFeed(service.fetch);
    const client = createClient(changes.fetch);
    const monitor = new RunMonitor(client, report, this.workspaceState);
    const assistants = new AssistantList(client, changes.onDidChange, report);
    const conversations = new Conversations(client, monitor, report);
    this.services = {
      client,
      service,
      changes,
      connections,
      keys,
      monitor,
      assistants,
      conversations,
      reporter,
    };
    this.calls = new FunctionCalls({ monitor, reporter, state, handlers });
    this.queues = new MessageQueues(this.services, this.workspaceState);
    this.branches = new ShownBranches(this.workspaceState);
    this.owned = [changes, monitor, assistants, conversations, service, connections, this.calls];
    this.owned.push(this.queues, this.branches);
  }

  static open(options?: WindowOptions): TestWindow {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'assistants-studio-test-'));
    return new TestWindow(dataDir, new PuppetModel(), memento(), options);
  }

  createAssistant(name = 'Puppet'): Promise<Assistant> {
    return this.services.client.beta.assistants.create({ name, model: 'puppet/puppet' });
  }

  openChat(selection: ChatSelection = {}, draftId?: string): Panel {
    const session = new ChatSession(
      this.services,
      this.calls,
      new Drafts(this.state),
      new KeptAttachments(this.state),
      createChatContext(this.state),
      selection,
      { queues: this.queues, branches: this.branches },
      draftId,
    );
    this.owned.push(session);
    return new Panel(session);
  }

  /** Ends this window and opens it again on the same data, as a reload does. */
  async reload(): Promise<TestWindow> {
    await this.end();
    return new TestWindow(this.dataDir, this.model, this.state, this.options, this.workspaceState);
  }

  async close(): Promise<void> {
    await this.end();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** Ends this window; its data stay. */
  async end(): Promise<void> {
    vscode.Disposable.from(...this.owned).dispose();
    await this.engine.close();
  }
}

/** A chat panel that records the host's messages and assembles the text of the thread. */
export class Panel {
  readonly received: HostMessage[] = [];
  private readonly emitter = new vscode.EventEmitter<unknown>();
  private readonly asker = new Asker(hostQuestions, (message) => {
    this.post(message);
    return undefined;
  });

  private readonly attachment: vscode.Disposable;

  constructor(readonly session: ChatSession) {
    this.attachment = session.attach({
      onDidReceiveMessage: this.emitter.event,
      postMessage: (message: HostMessage) => {
        // Messages are copied, as in VS Code.
        this.received.push(structuredClone(message));
        if (message.type === 'answer') this.asker.receive(message);
        return Promise.resolve(true);
      },
    } as unknown as vscode.Webview);
  }

  post(message: ChatMessage): void {
    this.emitter.fire(message);
  }

  /** Closes the panel, as a user does; the chat goes on without it. */
  close(): void {
    this.attachment.dispose();
  }

  /** Asks the host a question; rejects with the reason that it gives. */
  ask<N extends keyof HostQuestions>(
    name: N,
    params: ParamsOf<HostQuestions[N]>,
  ): Promise<ResultOf<HostQuestions[N]>> {
    return this.asker.ask(name, params);
  }

  /** The host's questions of a name, oldest first. */
  asked<N extends keyof PanelQuestions>(name: N): (Ask & { params: ParamsOf<PanelQuestions[N]> })[] {
    return this.of('ask').filter(
      (ask): ask is Ask & { params: ParamsOf<PanelQuestions[N]> } =>
        ask.name === name && panelQuestions[name].params(ask.params),
    );
  }

  /** Posts a message that the real panel would never send. */
  postAnything(message: unknown): void {
    this.emitter.fire(message);
  }

  of<T extends HostMessage['type']>(type: T): Extract<HostMessage, { type: T }>[] {
    return this.received.filter((message) => message.type === type) as Extract<HostMessage, { type: T }>[];
  }

  get state(): ChatState | undefined {
    return this.of('state').at(-1)?.state;
  }

  /** The texts of the thread's messages, as a panel assembles them. */
  get texts(): string[] {
    const texts = new Map<string, string>();
    const put = ({ id, content }: { id: string; content: { type: string; text?: { value: string } }[] }) =>
      texts.set(id, content.map(({ text }) => text?.value ?? '').join(''));
    for (const message of this.received) {
      if (message.type === 'messages') {
        texts.clear();
        message.messages.forEach((one) => put(one));
      } else if (message.type === 'message') put(message.message);
      else if (message.type === 'delta') {
        texts.set(message.messageId, (texts.get(message.messageId) ?? '') + message.text);
      }
    }
    return [...texts.values()];
  }

  async shows(...texts: string[]): Promise<void> {
    await until(`the panel shows ${JSON.stringify(texts)}, and not ${JSON.stringify(this.texts)}`, () => {
      return JSON.stringify(this.texts) === JSON.stringify(texts);
    });
  }

  async hasRun(status: string): Promise<NonNullable<ChatState['run']>> {
    return until(`the run is ${status}`, () => this.state?.run?.status === status && this.state.run);
  }
}

export function memento(): vscode.Memento {
  const values = new Map<string, unknown>();
  return {
    keys: () => [...values.keys()],
    get: <T>(key: string, otherwise?: T) => (values.get(key) as T | undefined) ?? otherwise,
    update: (key: string, value: unknown) =>
      Promise.resolve(void (value === undefined ? values.delete(key) : values.set(key, value))),
  };
}
