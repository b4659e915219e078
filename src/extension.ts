import type OpenAI from 'openai';
import * as vscode from 'vscode';
import { ActiveService } from './client/service/activeService';
import { AssistantList } from './client/assistantList';
import { clearIfDeleted } from './client/engine/allData';
import { ChangeFeed } from './client/changes';
import { createClient, listThreads } from './client/client';
import { Connections } from './client/models/connections';
import { Conversations } from './client/runs/conversations';
import { EmbeddedEngine } from './client/engine/embeddedEngine';
import { FolderSync } from './client/files/folderSync';
import { KeyStore } from './client/models/keys';
import { LocalServer } from './client/engine/localServer';
import { OtherWindowsChanges } from './client/engine/otherWindowsChanges';
import { Reporter } from './client/reporter';
import { RunMonitor } from './client/runs/runMonitor';
import { TrackedSecrets } from './client/models/trackedSecrets';
import type { Services } from './client/services';
import { registerCommands } from './commands/register';
import { Citations } from './documents/citations';
import { AssistantDocuments } from './documents/documents';
import { AssistantFiles } from './documents/files';
import { FunctionsEditor } from './documents/functions';
import { InstructionsEditor } from './documents/instructions';
import { FunctionCalls } from './functions/functionCalls';
import { AllowedTools } from './functions/tools/allowedTools';
import { EditorTools } from './functions/tools/editorTools';
import { WorkspaceFunctions } from './functions/tools/workspaceFunctions';
import { AssistantsTree } from './views/trees/assistantsTree';
import { Chats } from './views/chat/chats';
import { EmbeddingsNotice } from './views/notices/embeddingsNotice';
import { FailureNotices } from './views/notices/failureNotices';
import { FilesTree } from './views/trees/filesTree';
import { ExternalChanges } from './views/status/externalChanges';
import { ServerStatus } from './views/status/serverStatus';
import { ServiceStatus } from './views/status/serviceStatus';
import { SettingsNotices } from './views/notices/settingsNotices';
import { StorageNotice } from './views/notices/storageNotice';
import { ThreadsTree } from './views/trees/threadsTree';
import { WaitingNotices } from './views/notices/waitingNotices';

/** What other extensions get: the same assistants, through the official client. */
export interface AssistantsStudio {
  readonly client: OpenAI;
}

/** Ends the work of this window; `deactivate` is handed nothing that it could be found in. */
let shutDown: (() => Promise<void>) | undefined;

export function activate(context: vscode.ExtensionContext): AssistantsStudio {
  clearIfDeleted(context.globalState, context.workspaceState);
  const reporter = new Reporter();
  const secrets = new TrackedSecrets(context.secrets, context.globalState);
  const keys = new KeyStore(secrets);
  const connections = new Connections(keys);
  const engine = new EmbeddedEngine(
    context.globalStorageUri.fsPath,
    context.asAbsolutePath('dist'),
    () => connections.models(),
    reporter,
  );
  const server = new LocalServer(engine.fetch, secrets);
  const service = new ActiveService({
    embedded: engine.fetch,
    connections,
    keys,
    choice: context.workspaceState,
    memory: context.globalState,
  });
  const changes = new ChangeFeed(service.fetch);
  const client = createClient(changes.fetch);
  const monitor = new RunMonitor(client, reporter.log, context.workspaceState);
  const assistants = new AssistantList(client, changes.onDidChange, reporter.log);
  const conversations = new Conversations(client, monitor, reporter.log);
  const services: Services = {
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

  engine.onDidLoseData(() => {
    clearIfDeleted(context.globalState, context.workspaceState);
    server.stop().catch(reporter.log);
    service.notifyDataLost();
  });
  // Before the views, so that these find nothing left of the service before.
  service.onDidChange(() => {
    monitor.reset();
    assistants.reset();
  });

  const allowedTools = new AllowedTools(context.workspaceState);
  const workspaceFunctions = new WorkspaceFunctions();
  const calls = new FunctionCalls({
    monitor,
    reporter,
    state: context.globalState,
    handlers: [workspaceFunctions, new EditorTools(allowedTools)],
  });
  const chats = new Chats(services, calls, context.extensionUri, context.workspaceState);
  const assistantsTree = new AssistantsTree(assistants, connections, service);
  const threadsTree = new ThreadsTree(services);
  const sync = new FolderSync({
    client,
    service,
    state: context.globalState,
    lockFolder: context.globalStorageUri.fsPath,
    report: reporter.log,
  });
  const filesTree = new FilesTree(services, sync);
  const documents = new AssistantDocuments(services);
  const files = new AssistantFiles(client);
  const instructions = new InstructionsEditor(client);
  const functionsEditor = new FunctionsEditor(client, changes);

  const otherWindowsChanges = new OtherWindowsChanges(createClient(engine.fetch));
  const refresh = (): void => {
    vscode.commands.executeCommand('assistantsStudio.refresh').then(undefined, reporter.log);
  };

  context.subscriptions.push(
    reporter,
    connections,
    changes,
    monitor,
    assistants,
    conversations,
    calls,
    chats,
    assistantsTree,
    threadsTree,
    sync,
    filesTree,
    documents,
    files,
    instructions,
    functionsEditor,
    workspaceFunctions,
    service,
    new ServiceStatus(service),
    server,
    new ServerStatus(server, reporter),
    otherWindowsChanges,
    otherWindowsChanges.onDidMiss(refresh),
    new ExternalChanges([server.onDidWrite, otherWindowsChanges.onDidWrite], services, () => chats.refresh()),
    new FailureNotices(services),
    new EmbeddingsNotice(services),
    new SettingsNotices(services),
    new StorageNotice(engine.onDidTryToOpen, reporter.log),
    new WaitingNotices(services, calls, (threadId) => chats.isVisible(threadId)),
    registerCommands(
      context.extension.packageJSON,
      async () =>
        (await import('./commands/all')).allCommands({
          services,
          calls,
          chats,
          threadsTree,
          filesTree,
          citations: new Citations(services),
          sync,
          documents,
          files,
          instructions,
          functionsEditor,
          allowedTools,
          workspaceFunctions,
          server,
          allData: {
            engine,
            service,
            server,
            connections,
            keys,
            secrets,
            globalState: context.globalState,
            workspaceState: context.workspaceState,
          },
          dataDir: context.globalStorageUri.fsPath,
        }),
      reporter,
    ),
    // What is kept on a disk of the network may be written by another computer.
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) refresh();
    }),
  );
  shutDown = async () => {
    // Whoever follows a run lets go before the engine does, and takes the end for no fault.
    monitor.dispose();
    otherWindowsChanges.dispose();
    await server.stop().catch(reporter.log);
    await engine.close();
  };
  // Not in the way of VS Code's start: this is what loads the client and the engine.
  const taking = setImmediate(() => {
    resumeRuns(client, monitor).catch(reporter.log);
    otherWindowsChanges.listen().catch(reporter.log);
  });
  context.subscriptions.push(new vscode.Disposable(() => clearImmediate(taking)));
  return { client };
}

export async function deactivate(): Promise<void> {
  await shutDown?.();
}

/** Follows the runs that were under way when the window was closed or reloaded. */
async function resumeRuns(client: OpenAI, monitor: RunMonitor): Promise<void> {
  const { data } = await listThreads(client, { limit: 40 });
  await Promise.all(data.map(({ id }) => monitor.refresh(id)));
}
