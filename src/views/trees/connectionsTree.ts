import * as vscode from 'vscode';
import { translatedError } from '../../client/errors/translatedError';
import { DisposableStore } from '../../client/disposableStore';
import { stateWords, type ConnectionState } from '../../client/models/connectionStates';
import { offersModels, type Connection } from '../../client/models/connections';
import { testConnection } from '../../client/service/connectionTest';
import { openInputs } from '../../client/openInputs';
import type { Services } from '../../client/services';
import { ConnectionNode } from './nodes';

/** Milliseconds after which no further input is expected. */
const afterInput = 300;

type Parts = Pick<Services, 'connections' | 'service' | 'keys' | 'reporter'>;

/**
 * The tree of connections with what their last test found. Those that were not tested are when the tree comes into
 * sight: nothing is sent before.
 */
export class ConnectionsTree implements vscode.TreeDataProvider<ConnectionNode>, vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly emitter = this.disposables.add(new vscode.EventEmitter<ConnectionNode | undefined>());
  private readonly view: vscode.TreeView<ConnectionNode>;
  private nodes = new Map<string, ConnectionNode>();
  /** Connections whose state changed since it was shown. */
  private readonly changed = new Set<string>();

  readonly onDidChangeTreeData = this.emitter.event;

  constructor(private readonly parts: Parts) {
    const { connections, service } = parts;
    this.view = vscode.window.createTreeView('assistantsStudio.connections', { treeDataProvider: this });
    this.disposables.add(
      this.view,
      this.view.onDidChangeVisibility(({ visible }) => {
        if (visible) this.testUntested();
      }),
      connections.onDidChange(() => {
        this.emitter.fire(undefined);
        if (this.view.visible) this.testUntested();
      }),
      connections.states.onDidChange((id) => {
        this.changed.add(id);
        if (!openInputs.any) this.showChanges();
      }),
      openInputs.onDidClose(() => {
        // The next question of several comes at once.
        if (this.changed.size > 0) setTimeout(() => openInputs.any || this.showChanges(), afterInput);
      }),
      service.onDidChange(() => this.emitter.fire(undefined)),
    );
  }

  async getChildren(): Promise<ConnectionNode[]> {
    const { connections, keys } = this.parts;
    this.nodes = new Map(connections.all().map((id) => [id, new ConnectionNode(id)]));
    const isForgotten = connections.list().length > 0 && (await keys.forgets().catch(() => undefined));
    this.view.message = isForgotten
      ? vscode.l10n.t('This VS Code forgets keys when its window is reloaded: set them again then.')
      : undefined;
    return [...this.nodes.values()];
  }

  getTreeItem({ connectionId }: ConnectionNode): vscode.TreeItem {
    const { connections, service } = this.parts;
    const connection = connections.list().find(({ id }) => id === connectionId);
    const label = connection?.label ?? connections.models().find(({ id }) => id === connectionId)?.label;
    const state = connections.states.of({ id: connectionId, baseUrl: connection?.baseUrl });
    const item = new vscode.TreeItem(label ?? connectionId);
    item.id = connectionId;
    const isDefault = connections.list().find(offersModels)?.id === connectionId;
    const marks = [
      stateWords(state),
      isDefault && vscode.l10n.t('default'),
      service.server?.id === connectionId && vscode.l10n.t('in use in this window'),
    ].filter((mark) => mark !== false);
    item.description = marks.join(' · ');
    item.iconPath = iconOf(state);
    item.contextValue = contextOf(connection);
    item.tooltip = tooltipOf(item.label as string, connection, connectionId, state);
    item.accessibilityInformation = { label: [label ?? connectionId, ...marks].join(', ') };
    return item;
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private showChanges(): void {
    const nodes = [...this.changed].map((id) => this.nodes.get(id));
    this.changed.clear();
    for (const node of nodes) if (node) this.emitter.fire(node);
  }

  private testUntested(): void {
    const { connections, reporter } = this.parts;
    for (const id of connections.all()) {
      const baseUrl = connections.list().find((connection) => connection.id === id)?.baseUrl;
      if (connections.states.of({ id, baseUrl }).kind !== 'untested') continue;
      // The state shows the error.
      testConnection(this.parts, id).then(undefined, reporter.log);
    }
  }
}

function contextOf(connection: Connection | undefined): string {
  if (!connection) return 'builtIn';
  return offersModels(connection) ? 'connection.models' : 'connection.server';
}

function iconOf({ kind }: ConnectionState): vscode.ThemeIcon {
  switch (kind) {
    case 'untested':
      return new vscode.ThemeIcon('circle-outline');
    case 'testing':
      return new vscode.ThemeIcon('loading~spin');
    case 'reachable':
      return new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed'));
    case 'keyMissing':
    case 'refused':
      return new vscode.ThemeIcon('key', new vscode.ThemeColor('problemsWarningIcon.foreground'));
    default:
      return new vscode.ThemeIcon('error', new vscode.ThemeColor('problemsErrorIcon.foreground'));
  }
}

/** Quotes servers: it is text alone, without links or images. */
function tooltipOf(
  label: string,
  connection: Connection | undefined,
  id: string,
  state: ConnectionState,
): string {
  const lines = [label, vscode.l10n.t('Model IDs: {0}', `${id}/…`)];
  if (connection && !offersModels(connection)) lines.pop();
  if (connection) lines.push(connection.baseUrl);
  if ('message' in state) lines.push('', translatedError(state.message));
  return lines.join('\n');
}
