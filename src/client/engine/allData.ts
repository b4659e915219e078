import type * as vscode from 'vscode';
import { embeddedServiceId, type ActiveService } from '../service/activeService';
import type { Connections } from '../models/connections';
import { lastDeletion } from './dataFolder';
import type { EmbeddedEngine } from './embeddedEngine';
import type { KeyStore } from '../models/keys';
import type { LocalServer } from './localServer';
import type { TrackedSecrets } from '../models/trackedSecrets';

/** When all data was last deleted, in milliseconds since the epoch; the only key that survives a deletion. */
const deletedKey = 'dataDeleted';

/** Everything that stores user data. */
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

/** Deletes all data of this extension: database, files, caches, keys and state. The settings stay. */
export async function deleteAllData(parts: AllDataParts): Promise<void> {
  const { engine, service, server, connections, keys, secrets, globalState, workspaceState } = parts;
  await server.stop();
  await service.use(embeddedServiceId);
  await secrets.deleteAll();
  // Keys that were stored before secrets were tracked.
  for (const connection of connections.list()) await keys.delete(connection);
  await clear(globalState);
  await clear(workspaceState);
  const now = Date.now();
  await globalState.update(deletedKey, now);
  await workspaceState.update(deletedKey, now);
  await engine.deleteData(now);
}

/** What a window needs to find out whether all data was deleted in another profile. */
export interface SharedData {
  /** The data folder, which all profiles share. */
  dataDir: string;
  secrets: TrackedSecrets;
}

/**
 * Clears this profile's and this workspace's state if all data was deleted in another profile or workspace,
 * which cannot access it.
 */
export async function clearIfDeleted(
  globalState: vscode.Memento,
  workspaceState: vscode.Memento,
  shared?: SharedData,
): Promise<void> {
  const deletedHere = globalState.get<number>(deletedKey);
  const deleted = (shared && lastDeletion(shared.dataDir)) ?? deletedHere;
  if (deleted === undefined) return;
  const work: PromiseLike<unknown>[] = [];
  // A memento reads back the new value at once; VS Code saves it in the background.
  if (shared && (deletedHere ?? 0) < deleted) {
    // This reads the names of the secrets before they are cleared.
    work.push(shared.secrets.deleteUnlisted(), clear(globalState), globalState.update(deletedKey, deleted));
  }
  if (workspaceState.get(deletedKey) !== deleted) {
    work.push(clear(workspaceState), workspaceState.update(deletedKey, deleted));
  }
  await Promise.all(work);
}

async function clear(state: vscode.Memento): Promise<void> {
  await Promise.all(state.keys().map((key) => state.update(key, undefined)));
}
