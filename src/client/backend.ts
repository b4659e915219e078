import type OpenAI from 'openai';
import type * as vscode from 'vscode';
import { AssistantList } from './objects/assistantList';
import { ChangeFeed } from './changes';
import { createClient, listThreads } from './client';
import { clearIfDeleted, type AllDataParts } from './engine/allData';
import { EmbeddedEngine } from './engine/embeddedEngine';
import { LocalServer } from './engine/localServer';
import { deleteDeadTokens } from './engine/serverTokens';
import { OtherWindowsChanges } from './engine/otherWindowsChanges';
import { Connections } from './models/connections';
import { KeyStore } from './models/keys';
import { fromWindow } from './service/fromWindow';
import { TrackedSecrets } from './models/trackedSecrets';
import { Reporter } from './errors/reporter';
import { Conversations } from './runs/conversations';
import { sweepTrials } from './objects/trialThreads';
import { ModelTitles } from './runs/modelTitles';
import { RunMonitor } from './runs/runMonitor';
import { ActiveService } from './service/activeService';
import type { Services } from './services';

/** Everything below the views and commands of a window. */
export interface Backend {
  readonly services: Services;
  readonly engine: EmbeddedEngine;
  /** The local API server. */
  readonly server: LocalServer;
  readonly otherWindows: OtherWindowsChanges;
  /** What “Delete All Data” deletes. */
  readonly allData: AllDataParts;
  /**
   * Whether the service is in use: it is a server, or the window's engine is open, because something was asked of it, or
   * because it has something to do without being asked. Until then, nothing is read in the background.
   */
  readonly isInUse: boolean;
  /** Waits until the service is in use, then follows the runs of the previous session and the changes of other windows. */
  resume(onUse: () => void): void;
  /** Releases this window's runs and closes the engine. */
  close(): Promise<void>;
}

/** Builds the engine, the connections, and the services that views and commands share. */
export function createBackend(context: vscode.ExtensionContext): Backend {
  const { globalState, workspaceState } = context;
  const dataDir = context.globalStorageUri.fsPath;
  const reporter = new Reporter();
  const secrets = new TrackedSecrets(context.secrets, globalState);
  // Before anything reads the state.
  clearIfDeleted(globalState, workspaceState, { dataDir, secrets }).catch(reporter.log);
  const keys = new KeyStore(secrets);
  const connections = new Connections(keys);
  const models = () => connections.models();
  const engine = new EmbeddedEngine(dataDir, context.asAbsolutePath('dist'), models, reporter);
  const server = new LocalServer(engine.fetch, secrets);
  const otherWindows = new OtherWindowsChanges(createClient(engine.fetch));
  const service = new ActiveService({
    embedded: fromWindow(engine.fetch),
    connections,
    keys,
    choice: workspaceState,
    memory: globalState,
    log: reporter.info,
  });
  const changes = new ChangeFeed(service.fetch);
  const client = createClient(changes.fetch);
  const monitor = new RunMonitor(client, reporter.log, workspaceState);
  const assistants = new AssistantList(client, changes.onDidChange, reporter.log);
  const conversations = new Conversations(client, monitor, reporter.log);
  const titles = new ModelTitles(client, monitor, reporter.info);

  engine.onDidLoseData(() => {
    clearIfDeleted(globalState, workspaceState, { dataDir, secrets }).catch(reporter.log);
    server.stop().catch(reporter.log);
    service.notifyDataLost();
  });
  // Registered before any view, so that views read nothing of the previous service.
  service.onDidChange(() => {
    monitor.reset();
    assistants.reset();
  });
  context.subscriptions.push(
    reporter,
    connections,
    changes,
    monitor,
    assistants,
    conversations,
    titles,
    service,
    server,
    otherWindows,
  );

  let isInUse = false;
  return {
    services: {
      client,
      service,
      changes,
      connections,
      keys,
      monitor,
      assistants,
      conversations,
      reporter,
    },
    engine,
    server,
    otherWindows,
    allData: { engine, service, server, connections, keys, secrets, globalState, workspaceState },
    get isInUse() {
      return isInUse || service.server !== undefined;
    },
    resume: (onUse) => {
      deleteDeadTokens(secrets).catch(reporter.log);
      const use = (): void => {
        isInUse = true;
        sweepTrials(client)
          .catch(reporter.log)
          .then(() => resumeRuns(client, monitor))
          .catch(reporter.log);
        onUse();
      };
      if (service.server) use();
      onceOpened(engine, () => {
        otherWindows.listen().catch(reporter.log);
        if (!isInUse) use();
      });
      engine.openWhenDue().catch(reporter.log);
    },
    close: async () => {
      // What follows runs is disposed before the engine closes, so that it takes the end for no error.
      monitor.dispose();
      otherWindows.dispose();
      await server.stop().catch(reporter.log);
      await engine.close();
    },
  };
}

/** Calls `listener` once the engine has been opened, after the request that it was opened for. */
function onceOpened(engine: EmbeddedEngine, listener: () => void): void {
  const opened = engine.onDidTryToOpen((error) => {
    if (error) return;
    opened.dispose();
    setImmediate(listener);
  });
}

/** Follows the runs that were active when the window was closed or reloaded. */
async function resumeRuns(client: OpenAI, monitor: RunMonitor): Promise<void> {
  const { data } = await listThreads(client, { limit: 40 });
  await Promise.all(data.map(({ id }) => monitor.refresh(id)));
}
