import type * as vscode from 'vscode';
import { embeddedServiceId, type ActiveService } from '../service/activeService';
import type { Connections } from '../models/connections';
import type { EmbeddedEngine } from './embeddedEngine';
import type { KeyStore } from '../models/keys';
import type { LocalServer } from './localServer';
import type { TrackedSecrets } from '../models/trackedSecrets';

/** When all data was deleted last, in milliseconds since the epoch; nothing else outlives a deletion. */
const deletedKey = 'dataDeleted';

/** Where all that is kept of a user is found. */
export interface AllDataParts {
  engine: EmbeddedEngine;
  service: ActiveService;
  server: LocalServer;
  connections: Connections;
  keys: KeyStore;
  secrets: TrackedSecrets;
  /** VS Code's, for all windows. */
  globalState: vscode.Memento;
  /** VS Code's, for this workspace. */
  workspaceState: vscode.Memento;
}

/** Deletes all that this extension keeps: database, files, caches, keys and state. The settings stay. */
export async function deleteAllData(parts: AllDataParts): Promise<void> {
  const { engine, service, server, connections, keys, secrets, globalState, workspaceState } = parts;
  await server.stop();
  await service.use(embeddedServiceId);
  await secrets.deleteAll();
  // Keys from before there was a list of them.
  for (const connection of connections.list()) await keys.delete(connection);
  await clear(globalState);
  await clear(workspaceState);
  const now = Date.now();
  await globalState.update(deletedKey, now);
  await workspaceState.update(deletedKey, now);
  await engine.deleteData();
}

/** Clears what is kept for this workspace if all data was deleted in another: only here can it be reached. */
export function clearIfDeleted(globalState: vscode.Memento, workspaceState: vscode.Memento): void {
  const deleted = globalState.get<number>(deletedKey);
  if (deleted === undefined || workspaceState.get(deletedKey) === deleted) return;
  // The state reads as written at once; VS Code keeps it from there on.
  void clear(workspaceState).then(() => workspaceState.update(deletedKey, deleted));
}

async function clear(state: vscode.Memento): Promise<void> {
  await Promise.all(state.keys().map((key) => state.update(key, undefined)));
}
