import * as vscode from 'vscode';
import { describeError } from '../../client/errors/errors';
import type { Reporter } from '../../client/errors/reporter';
import {
  isChatMessage,
  type ChatMessage,
  type ChatMessageHandlers,
  type ChatMessageOf,
  type HandledType,
  type HostMessage,
} from '../../protocol/chat';
import { hostQuestions, panelQuestions, type HostQuestions } from '../../protocol/chatQuestions';
import { answerQuestion, Asker, type QuestionHandlers } from '../../protocol/questions';

/** What a chat does with the messages and the questions of its panel. */
export interface PanelHandlers {
  messages: ChatMessageHandlers;
  questions: QuestionHandlers<HostQuestions>;
}

/** A chat's connection to its webview, which may come and go. Checks every message; the webview is not trusted. */
export class PanelConnection implements vscode.Disposable {
  private readonly asker = new Asker(
    panelQuestions,
    (message) => this.webview?.postMessage(message) ?? Promise.resolve(false),
  );
  private readonly useEmitter = new vscode.EventEmitter<void>();
  private webview: vscode.Webview | undefined;

  /** Fires when the user does something in the panel. */
  readonly onDidUse = this.useEmitter.event;

  constructor(private readonly reporter: Reporter) {}

  /** Whether there is a webview. */
  get isAttached(): boolean {
    return this.webview !== undefined;
  }

  /** Connects to a webview, in place of the one before. */
  attach(webview: vscode.Webview, handlers: PanelHandlers): vscode.Disposable {
    this.webview = webview;
    const listener = webview.onDidReceiveMessage((message: unknown) => {
      if (isChatMessage(message)) this.receive(message, handlers).catch(this.reporter.notify);
      else this.reporter.info('The chat panel sent an unknown message.');
    });
    return new vscode.Disposable(() => {
      listener.dispose();
      if (this.webview !== webview) return;
      this.webview = undefined;
      this.asker.cancel();
    });
  }

  /** Posts a message; it is dropped while there is no webview. */
  post(message: HostMessage): void {
    this.webview?.postMessage(message).then(undefined, this.reporter.log);
  }

  /** Asks the panel a question; rejects if the panel is reloaded or closed before it has answered. */
  readonly ask: Asker<typeof panelQuestions>['ask'] = (name, params, signal) =>
    this.asker.ask(name, params, signal);

  dispose(): void {
    this.asker.cancel();
    this.useEmitter.dispose();
  }

  private async receive(message: ChatMessage, { messages, questions }: PanelHandlers): Promise<void> {
    // The page that would have answered is gone.
    if (message.type === 'ready') this.asker.cancel();
    else this.useEmitter.fire();
    if (message.type === 'answer') this.asker.receive(message);
    else if (message.type !== 'ask') await handle(messages, message);
    else this.post(await answerQuestion(hostQuestions, questions, message, describeError));
  }
}

async function handle<T extends HandledType>(
  handlers: ChatMessageHandlers,
  message: ChatMessageOf<T>,
): Promise<void> {
  await handlers[message.type](message);
}
