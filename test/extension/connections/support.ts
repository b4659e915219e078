import http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as vscode from 'vscode';

/** What a server of the tests answers a request with; undefined: nothing, the connection stays open. */
export type Reply = { status?: number; body: unknown; type?: string; delay?: Promise<unknown> } | undefined;

/** An HTTP server that answers as a test wants, and records what it was asked. */
export class FakeServer {
  readonly asked: { path: string; headers: http.IncomingHttpHeaders }[] = [];
  private readonly server: http.Server;

  private constructor(public reply: (path: string, request: http.IncomingMessage) => Reply) {
    this.server = http.createServer((request, response) => {
      const path = request.url ?? '';
      this.asked.push({ path, headers: request.headers });
      request.resume();
      const reply = this.reply(path, request);
      if (!reply) return;
      const { status = 200, body, type = 'application/json', delay } = reply;
      void Promise.resolve(delay).then(() => {
        response.writeHead(status, { 'content-type': type });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
  }

  static async start(reply: FakeServer['reply'], port = 0): Promise<FakeServer> {
    const server = new FakeServer(reply);
    await new Promise<void>((resolve, reject) => {
      server.server.once('error', reject);
      server.server.listen(port, '127.0.0.1', resolve);
    });
    return server;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export function modelList(...ids: string[]): Reply {
  return { body: { object: 'list', data: ids.map((id) => ({ id, object: 'model' })) } };
}

/** Keeps the inputs that the extension opens; `release` restores VS Code's functions. */
export function watchInputs() {
  const { createQuickPick, createInputBox, showInformationMessage, showWarningMessage } = vscode.window;
  const picks: vscode.QuickPick<vscode.QuickPickItem>[] = [];
  const boxes: vscode.InputBox[] = [];
  const messages: string[] = [];
  const kept = <T>(list: T[], input: T): T => {
    list.push(input);
    return input;
  };
  Object.assign(vscode.window, {
    createQuickPick: () => kept(picks, createQuickPick()),
    createInputBox: () => kept(boxes, createInputBox()),
    showInformationMessage: (message: string) => {
      messages.push(message);
      return Promise.resolve(undefined);
    },
  });
  return {
    picks,
    boxes,
    messages,
    release: async () => {
      Object.assign(vscode.window, {
        createQuickPick,
        createInputBox,
        showInformationMessage,
        showWarningMessage,
      });
      await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    },
  };
}

/** The labels of a list, without its separators. */
export function labelsOf({ items }: vscode.QuickPick<vscode.QuickPickItem>): string[] {
  return items.filter(({ kind }) => kind !== vscode.QuickPickItemKind.Separator).map(({ label }) => label);
}

/** The names of the groups of a list. */
export function groupsOf({ items }: vscode.QuickPick<vscode.QuickPickItem>): string[] {
  return items
    .filter(({ kind, label }) => kind === vscode.QuickPickItemKind.Separator && label)
    .map(({ label }) => label);
}

export const accept = (): Thenable<unknown> =>
  vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
