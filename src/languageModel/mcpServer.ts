import { randomBytes } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import type manifest from '../../package.json';
import type { LocalServer as Port } from '../engine/server/localServer';
import type { Fetch } from '../client/client';
import { DisposableStore } from '../client/disposableStore';
import { lazyPromise } from '../client/lazyPromise';
import type { Services } from '../client/services';

const providerId: (typeof manifest)['contributes']['mcpServerDefinitionProviders'][0]['id'] =
  'assistantsStudio.mcp';

interface McpParts {
  services: Pick<Services, 'service' | 'changes'>;
  /** This window's engine; its writes are shown as those of another program. */
  engine: Fetch;
  extension: vscode.Extension<unknown>;
}

/**
 * Offers the tools as an MCP server, a process that VS Code starts when it needs it. The process reaches this window
 * over a port of this machine that opens then, with a key that only it is given.
 */
export class McpServer implements vscode.Disposable, vscode.McpServerDefinitionProvider {
  private readonly disposables = new DisposableStore();
  private readonly emitter = this.disposables.add(new vscode.EventEmitter<void>());
  private readonly port = lazyPromise(() => this.open());
  private opened: Port | undefined;
  private readonly token = randomBytes(24).toString('base64url');

  readonly onDidChangeMcpServerDefinitions = this.emitter.event;

  constructor(private readonly parts: McpParts) {
    this.disposables.add(vscode.lm.registerMcpServerDefinitionProvider(providerId, this));
    this.disposables.add(vscode.workspace.onDidChangeWorkspaceFolders(() => this.emitter.fire()));
  }

  provideMcpServerDefinitions(): vscode.McpStdioServerDefinition[] {
    const { extension } = this.parts;
    const { version } = extension.packageJSON as typeof manifest;
    const script = path.join(extension.extensionPath, 'dist', 'mcp.js');
    const folders = vscode.workspace.workspaceFolders ?? [];
    const local = folders.filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
    // VS Code's executable acts as Node only with the variable.
    const env = { ELECTRON_RUN_AS_NODE: '1' };
    const args = [script, ...local];
    return [new vscode.McpStdioServerDefinition('Assistants Studio', process.execPath, args, env, version)];
  }

  async resolveMcpServerDefinition(
    server: vscode.McpStdioServerDefinition,
  ): Promise<vscode.McpStdioServerDefinition> {
    const { url } = await this.port();
    server.env = { ...server.env, ASSISTANTS_STUDIO_URL: url, ASSISTANTS_STUDIO_TOKEN: this.token };
    return server;
  }

  dispose(): void {
    this.opened?.close().catch(() => undefined);
    this.disposables.dispose();
  }

  private async open(): Promise<Port> {
    const { startServer } = await import('../engine/server/localServer');
    this.opened = await startServer({ engine: { fetch: this.fetch }, token: this.token });
    return this.opened;
  }

  /** Python runs on this machine, whichever service is active. */
  private readonly fetch: Fetch = (input, init) => {
    const { services, engine } = this.parts;
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const isOwn = !services.service.server || /^\/v1\/(code_runs|files)(\/|$)/.test(pathname);
    return (isOwn ? engine : services.changes.fetch)(input, init);
  };
}
