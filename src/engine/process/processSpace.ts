import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Identifies the processes among which a process id is unique, so that a missing process is certainly dead: on
 * Linux the host, its boot and the PID namespace (containers and sandboxes have their own), elsewhere the host.
 */
export const processSpace = findProcessSpace();

function findProcessSpace(): string {
  if (process.platform !== 'linux') return hostname();
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${hostname()} ${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    // Without /proc, no process id of another engine means anything here.
    return `${hostname()} ${randomUUID()}`;
  }
}
