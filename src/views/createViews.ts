import * as vscode from 'vscode';
import type { Backend } from '../client/backend';
import { runCommand } from '../client/commands';
import { ShownBranches } from '../client/objects/shownBranches';
import type { FolderSync } from '../client/files/folderSync';
import type { FunctionCalls } from '../functions/functionCalls';
import { Chats } from './chat/chats';
import { EmbeddingsNotice } from './notices/embeddingsNotice';
import { FailureNotices } from './notices/failureNotices';
import { GettingStarted } from './notices/gettingStarted';
import { MoveHint } from './notices/moveHint';
import { SettingsNotices } from './notices/settingsNotices';
import { StorageNotice } from './notices/storageNotice';
import { WaitingNotices } from './notices/waitingNotices';
import { ExternalChanges } from './status/externalChanges';
import { ServerStatus } from './status/serverStatus';
import { ServiceStatus } from './status/serviceStatus';
import { ConnectionsTree } from './trees/connectionsTree';
import { AssistantsTree } from './trees/assistantsTree';
import { FilesTree } from './trees/filesTree';
import { ThreadsTree } from './trees/threadsTree';
import { UnreadThreads } from './trees/unreadThreads';

/** The views that commands work with. */
export interface Views {
  readonly chats: Chats;
  readonly threadsTree: ThreadsTree;
  readonly filesTree: FilesTree;
  readonly gettingStarted: GettingStarted;
}

/** Builds the chat, the trees, the status bar items and the notices of a window. */
export function createViews(
  context: vscode.ExtensionContext,
  backend: Backend,
  calls: FunctionCalls,
  sync: FolderSync,
): Views {
  const { services, engine, server, otherWindows } = backend;
  const { assistants, connections, reporter, service } = services;
  const branches = new ShownBranches(context.workspaceState);
  const chats = new Chats(services, calls, context.extensionUri, context.workspaceState, branches);
  const unread = new UnreadThreads(
    services.monitor,
    context.workspaceState,
    (threadId) => chats.isVisible(threadId),
    reporter.log,
  );
  const openThread = () => chats.current.selection.threadId;
  const threadsTree = new ThreadsTree(services, { branches, unread, openThread });
  const filesTree = new FilesTree(services, sync);
  const gettingStarted = new GettingStarted(services, context.extension, context.globalState, reporter.log);
  const refresh = (): void => {
    runCommand('refresh').then(undefined, reporter.log);
  };
  context.subscriptions.push(
    branches,
    chats,
    new AssistantsTree(assistants, connections, service),
    unread,
    threadsTree,
    chats.onDidChangeShown(() => {
      unread.clear(chats.visibleThreads);
      threadsTree.showOpen();
    }),
    filesTree,
    new ConnectionsTree(services),
    gettingStarted,
    new ServiceStatus(service),
    new ServerStatus(server, reporter),
    new ExternalChanges([server.onDidWrite, otherWindows.onDidWrite], services, () => chats.refresh()),
    new FailureNotices(services, (threadId) => chats.isVisible(threadId)),
    new MoveHint(services, context.globalState, (threadId) => chats.isInSideBar(threadId)),
    new EmbeddingsNotice(services),
    new SettingsNotices(services),
    new StorageNotice(engine.onDidTryToOpen, reporter.log),
    new WaitingNotices(services, calls, (threadId) => chats.isVisible(threadId)),
    otherWindows.onDidMiss(refresh),
    // Data on a network drive may have been changed by another computer, which no event reports.
    onDidFocusWindow(() => backend.isInUse && refresh()),
  );
  return { chats, threadsTree, filesTree, gettingStarted };
}

/** Calls the listener each time the window gets the focus. VS Code's event also tells that it has become idle. */
function onDidFocusWindow(listener: () => void): vscode.Disposable {
  let wasFocused = vscode.window.state.focused;
  return vscode.window.onDidChangeWindowState(({ focused }) => {
    if (focused && !wasFocused) listener();
    wasFocused = focused;
  });
}
