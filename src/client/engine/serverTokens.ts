import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { hostname, platform } from 'node:os';
import type { TrackedSecrets } from '../models/trackedSecrets';

const prefix = 'server.token:';

/** Windows of several machines (Remote SSH, WSL, containers) share the secret storage. */
const machine = `${platform()}-${hostname()}`;

/** Milliseconds to wait for a server. One that is busy counts as running. */
const probeTimeout = 5_000;

/** A new name for the token of a server on a port of this machine; all windows share the secret storage. */
export function newTokenName(port: number): string {
  return `${prefix}${machine}:${port}:${randomUUID()}`;
}

/** Deletes the tokens of servers of this machine that do not run any more: their window has crashed. */
export async function deleteDeadTokens(
  secrets: Pick<TrackedSecrets, 'names' | 'get' | 'delete'>,
): Promise<void> {
  for (const name of await secrets.names()) {
    if (!name.startsWith(prefix)) continue;
    const [, of, port] = /^(.*):(\d+):[^:]+$/.exec(name.slice(prefix.length)) ?? [];
    // Older versions did not write where their server runs.
    const isOld = port === undefined;
    if (!isOld && of !== machine) continue;
    const token = await secrets.get(name);
    const isDead = isOld || token === undefined || !(await isRunning(Number(port), token));
    if (isDead) await secrets.delete(name);
  }
}

/** Whether the server on a port accepts a token. */
function isRunning(port: number, token: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get(
      {
        host: '127.0.0.1',
        port,
        path: '/v1/assistants?limit=1',
        headers: { authorization: `Bearer ${token}` },
        timeout: probeTimeout,
      },
      (response) => {
        response.resume();
        resolve(response.statusCode !== 401);
      },
    );
    request.on('timeout', () => {
      resolve(true);
      request.destroy();
    });
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
  });
}
