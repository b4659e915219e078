import * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import { listThreads } from '../../client/client';
import { isUnsupported } from '../../client/errors/errors';
import type { Services } from '../../client/services';

/**
 * The context keys by which package.json hides commands that cannot work, without `assistantsStudio.`. The
 * `no…` ones are set once a list is known to be empty: until it has been read, its commands are shown.
 */
export type CommandKey =
  | 'threadOpen'
  | 'noThreads'
  | 'noAssistants'
  | 'noFiles'
  | 'noStores'
  | 'noConnections'
  | 'runActive'
  | 'callWaiting'
  | 'changesProposed'
  | 'toolsAllowed'
  | 'folderSynced';

/** A part of the window that a key depends on. */
interface Source {
  onDidChange: vscode.Event<unknown>;
}

/** What the keys are made of, besides the services. */
export interface CommandContextParts {
  chats: { onDidChangeShown: vscode.Event<void>; current: { selection: { threadId?: string } } };
  calls: Source & { allPending(): readonly { calls: readonly { state: string }[] }[] };
  proposals: { onDidChangeOpen: vscode.Event<void>; newest: string | undefined };
  allowedTools: Source & { all(): object };
  sync: Source & { all(): readonly unknown[] };
}

/** The lists that are read to learn whether they are empty, by the resource whose changes affect them. */
const lists = {
  threads: 'noThreads',
  files: 'noFiles',
  vectorStores: 'noStores',
} as const satisfies Record<string, CommandKey>;

type ListName = keyof typeof lists;

/** Keeps the context keys of the commands up to date. */
export class CommandContext implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly set = new Map<CommandKey, boolean>();
  private readonly reading = new Set<ListName>();
  /** The lists that changed while they were read. */
  private readonly changed = new Set<ListName>();

  constructor(
    private readonly services: Services,
    parts: CommandContextParts,
    private readonly setContext: (key: string, value: boolean) => Thenable<unknown> = (key, value) =>
      vscode.commands.executeCommand('setContext', key, value),
  ) {
    const { assistants, changes, connections, monitor, service } = services;
    const { chats, calls, proposals, allowedTools, sync } = parts;
    this.bind('threadOpen', chats.onDidChangeShown, () => chats.current.selection.threadId !== undefined);
    this.bind('noAssistants', assistants.onDidChange, () => assistants.current?.length === 0);
    this.bind('noConnections', connections.onDidChange, () => connections.list().length === 0);
    this.bind('runActive', monitor.onDidChangeRun, () => monitor.activeRuns().length > 0);
    this.bind('callWaiting', calls.onDidChange, () =>
      calls.allPending().some((pending) => pending.calls.some(({ state }) => state === 'waiting')),
    );
    this.bind('changesProposed', proposals.onDidChangeOpen, () => proposals.newest !== undefined);
    this.bind('toolsAllowed', allowedTools.onDidChange, () => Object.keys(allowedTools.all()).length > 0);
    this.bind('folderSynced', sync.onDidChange, () => sync.all().length > 0);
    this.disposables.add(
      changes.onDidChange(({ resource }) => {
        if (resource in lists) this.read(resource as ListName);
      }),
      service.onDidChange(() => this.readLists()),
    );
  }

  /** Learns which lists are empty. Not called before the service is in use: reading loads the engine. */
  readLists(): void {
    for (const name of Object.keys(lists)) this.read(name as ListName);
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private bind(key: CommandKey, onDidChange: vscode.Event<unknown>, read: () => boolean): void {
    this.disposables.add(onDidChange(() => this.put(key, read())));
    this.put(key, read());
  }

  private put(key: CommandKey, value: boolean): void {
    if ((this.set.get(key) ?? false) === value) return;
    this.set.set(key, value);
    this.setContext(`assistantsStudio.${key}`, value).then(undefined, this.services.reporter.log);
  }

  private read(name: ListName): void {
    if (this.reading.has(name)) {
      this.changed.add(name);
      return;
    }
    this.reading.add(name);
    this.isEmpty(name)
      // A list that cannot be read may hold something, unless the service has no such objects.
      .catch(isUnsupported)
      .then((isEmpty) => {
        this.reading.delete(name);
        this.put(lists[name], isEmpty);
        if (this.changed.delete(name)) this.read(name);
      })
      .catch(this.services.reporter.log);
  }

  private async isEmpty(name: ListName): Promise<boolean> {
    const { client } = this.services;
    const query = { limit: 1 };
    if (name === 'threads') return (await listThreads(client, query)).data.length === 0;
    const list = name === 'files' ? client.files.list(query) : client.vectorStores.list(query);
    return (await list).data.length === 0;
  }
}
