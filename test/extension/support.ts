import { ok } from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type OpenAI from 'openai';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import type { CommandId } from '../../src/client/commands';
import type { AssistantsStudio } from '../../src/extension';

export const extensionId = 'assistants-studio.assistants-studio';

/** Runs a command of the extension, as a key binding or another extension does. */
export async function command<T = unknown>(id: CommandId, args?: Record<string, unknown>): Promise<T> {
  return vscode.commands.executeCommand<T>(`assistantsStudio.${id}`, ...(args ? [args] : []));
}

/** The client that the extension exports. */
export async function client(): Promise<OpenAI> {
  const extension = vscode.extensions.getExtension<AssistantsStudio>(extensionId);
  ok(extension, 'The extension is not there.');
  return (await extension.activate()).client;
}

/** The folder of the extension's own files. */
export function extensionFolder(): string {
  return vscode.extensions.getExtension(extensionId)!.extensionPath;
}

export function createTutor(name = 'Math Tutor'): Promise<Assistant> {
  return command('createAssistant', {
    name,
    instructions: 'You are a personal math tutor. Answer questions briefly, in a sentence or less.',
    model: 'demo/tutor',
  });
}

export function newThread(title: string): Promise<Thread> {
  return command('newThread', { title });
}

/** Sends a message and waits until its run has ended. */
export function ask(threadId: string, assistantId: string, text: string): Promise<Run> {
  return command('sendMessage', { threadId, assistantId, text, wait: true });
}

/** The words of a thread's messages, oldest first. */
export async function conversation(threadId: string): Promise<{ role: string; text: string }[]> {
  const { data } = await (await client()).beta.threads.messages.list(threadId, { order: 'asc', limit: 100 });
  return data.map(({ role, content }) => ({
    role,
    text: content.map((part) => (part.type === 'text' ? part.text.value : '')).join(''),
  }));
}

/** Polls until there is a result. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const found = await look();
    if (found) return found;
    await delay(50);
  }
  throw new Error(`It never came to this: ${what}`);
}

/** A notification with buttons, as the extension asked for it. */
export interface Notice {
  message: string;
  actions: string[];
}

/** Stands in for VS Code's error notifications, and presses the button that `choose` names. */
export function catchErrors(choose: (notice: Notice) => string | undefined = () => undefined) {
  const notices: Notice[] = [];
  const original = vscode.window.showErrorMessage;
  const standIn = (message: string, ...actions: string[]): Thenable<string | undefined> => {
    const notice = { message, actions };
    notices.push(notice);
    return Promise.resolve(choose(notice));
  };
  Object.assign(vscode.window, { showErrorMessage: standIn });
  return {
    notices,
    release: (): void => void Object.assign(vscode.window, { showErrorMessage: original }),
  };
}

/** What a model server of the test answers a chat with. */
export type Answer =
  | { status: 200; text: string }
  | { status: number; error: { message: string; code?: string }; headers?: Record<string, string> };

/** A local model server with the Chat Completions API, which records its requests. */
export class ModelServer {
  /** The `Authorization` headers that came, in order. */
  readonly authorizations: (string | undefined)[] = [];
  /** The number of turns that were asked for. */
  turns = 0;
  answer: Answer = { status: 200, text: 'Hello!' };
  private readonly server = http.createServer((request, response) => this.handle(request, response));

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  static async start(): Promise<ModelServer> {
    const models = new ModelServer();
    await new Promise<void>((resolve) => models.server.listen(0, '127.0.0.1', resolve));
    return models;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private handle(request: http.IncomingMessage, response: http.ServerResponse): void {
    this.authorizations.push(request.headers.authorization);
    if (request.url?.endsWith('/chat/completions')) this.turns++;
    if (!request.url?.endsWith('/embeddings')) request.resume();
    if ('error' in this.answer) {
      const { status, error, headers } = this.answer;
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify({ error }));
    } else if (request.url?.endsWith('/models')) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'small', object: 'model' }] }));
    } else if (request.url?.endsWith('/embeddings')) {
      this.embed(request, response).catch((error: unknown) => response.destroy(error as Error));
    } else this.stream(response, this.answer.text);
  }

  /** The same vector for every text. */
  private async embed(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { input } = (await json(request)) as { input: string[] };
    const data = input.map((_text, index) => ({ index, embedding: [1, 0] }));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ object: 'list', data, model: 'small' }));
  }

  private stream(response: http.ServerResponse, text: string): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const chunk = (delta: object, finish: string | null): string => {
      const choices = [{ index: 0, delta, finish_reason: finish }];
      return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'small', choices })}\n\n`;
    };
    response.write(chunk({ role: 'assistant', content: text }, null));
    response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
  }
}
