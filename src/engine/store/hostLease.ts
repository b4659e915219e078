import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { replaceFileSync } from '../replaceFile';

/** In the data folder: the computer whose engines write to it. */
const leaseName = 'used-by.json';

/** Milliseconds between renewals, and the age from which a lease has expired. */
const renewalInterval = 10_000;
const leaseDuration = 60_000;

const leaseFile = z.object({ host: z.string(), name: z.string() });

type Lease = z.infer<typeof leaseFile>;

/**
 * Keeps the engines of two computers from writing to one data folder: SQLite's WAL needs memory that its
 * users share. All engines of a computer share its lease, which expires a minute after the last renewal.
 */
export class HostLease {
  readonly #file: string;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly folder: string,
    private readonly self: Lease = { host: hostId(), name: hostname() },
  ) {
    this.#file = join(folder, leaseName);
  }

  /** Takes the lease, and renews it until `release`. Returns the name of the computer that has it, if that is another. */
  claim(onLost: (owner: string) => void): string | undefined {
    const owner = this.#owner();
    if (owner) return owner.name;
    this.#write();
    this.#timer = setInterval(() => this.#renew(onLost), renewalInterval).unref();
    return undefined;
  }

  /** Stops renewing; `isLast` gives the lease up, so that another computer does not have to wait. */
  release(isLast: boolean): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    if (isLast && !this.#owner()) rmSync(this.#file, { force: true });
  }

  #renew(onLost: (owner: string) => void): void {
    try {
      // After this computer has slept, another one may have it.
      const owner = this.#owner();
      if (!owner) return this.#write();
      clearInterval(this.#timer);
      onLost(owner.name);
    } catch {
      // The network is down; the next renewal tries again.
    }
  }

  /** Another computer whose lease has not expired. */
  #owner(): Lease | undefined {
    const lease = readLease(this.#file);
    if (!lease || lease.host === this.self.host) return undefined;
    return this.#now() - statSync(this.#file).mtimeMs < leaseDuration ? lease : undefined;
  }

  /** The time on the server of the folder, which also dates the lease: clocks of computers differ. */
  #now(): number {
    const probe = this.#temporary();
    writeFileSync(probe, '');
    const { mtimeMs } = statSync(probe);
    rmSync(probe, { force: true });
    return mtimeMs;
  }

  #write(): void {
    const next = this.#temporary();
    writeFileSync(next, JSON.stringify(this.self));
    replaceFileSync(next, this.#file);
  }

  #temporary(): string {
    return join(this.folder, `${leaseName}.${crypto.randomUUID()}`);
  }
}

function readLease(file: string): Lease | undefined {
  try {
    return leaseFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Differs between computers, and is the same in all containers of one. */
function hostId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return hostname();
  }
}
