import { randomUUID } from 'node:crypto';
import type * as vscode from 'vscode';

/** The methods of VS Code's secret storage that are used. */
export type Secrets = Pick<vscode.SecretStorage, 'get' | 'store' | 'delete'> & {
  /** As in `TrackedSecrets`. */
  forgets?: () => Promise<boolean | undefined>;
};

/** VS Code's secret storage, which all windows and profiles share; it lists its names since VS Code 1.105. */
export type SecretStorage = Pick<vscode.SecretStorage, 'get' | 'store' | 'delete'> & {
  keys?: () => Thenable<string[]>;
};

const key = 'secrets.names';

/** The session that stored the probe. */
const probeKey = 'secrets.probe';
const probeName = 'probe';

/**
 * VS Code's secret storage, plus a list of the names stored from this profile: “Delete All Data” has to
 * delete them all, and not every version of VS Code can list them.
 */
export class TrackedSecrets implements Secrets {
  /** Whether a secret of an earlier session was gone; undefined until that is known. */
  private isForgetful: boolean | undefined;

  constructor(
    private readonly secrets: SecretStorage,
    private readonly state: vscode.Memento,
    /** Another one after each reload of the window. */
    private readonly session: string = randomUUID(),
  ) {}

  /**
   * Whether this VS Code forgets secrets when its window is reloaded, which no API tells: a secret is stored, and
   * looked for in a later session. Undefined in the first session that asks.
   */
  async forgets(): Promise<boolean | undefined> {
    const storedBy = this.state.get<string>(probeKey);
    if (storedBy === this.session) return this.isForgetful;
    const isKept = (await this.get(probeName)) !== undefined;
    if (storedBy !== undefined) this.isForgetful = !isKept;
    if (!isKept) await this.store(probeName, 'stored to find out whether secrets are kept');
    await this.state.update(probeKey, this.session);
    return this.isForgetful;
  }

  get(name: string): Thenable<string | undefined> {
    return this.secrets.get(name);
  }

  async store(name: string, value: string): Promise<void> {
    // The name first: a name without a secret is harmless, a secret without a name may never be deleted.
    if (!this.tracked().includes(name)) await this.state.update(key, [...this.tracked(), name]);
    await this.secrets.store(name, value);
  }

  async delete(name: string): Promise<void> {
    await this.secrets.delete(name);
    const others = this.tracked().filter((other) => other !== name);
    await this.state.update(key, others.length > 0 ? others : undefined);
  }

  /** The names of all stored secrets; without those of other profiles if VS Code cannot list them. */
  async names(): Promise<string[]> {
    const listed = (await this.secrets.keys?.()) ?? [];
    return [...new Set([...listed, ...this.tracked()])];
  }

  /** Deletes every secret that can be found. */
  async deleteAll(): Promise<void> {
    for (const name of await this.names()) await this.delete(name);
  }

  /**
   * Deletes the secrets of this profile that `deleteAll` in another profile could not find. A newer VS Code
   * finds them all; what is stored there now was stored later.
   */
  async deleteUnlisted(): Promise<void> {
    const names = this.secrets.keys ? [] : this.tracked();
    for (const name of names) await this.secrets.delete(name);
  }

  private tracked(): readonly string[] {
    return this.state.get<string[]>(key, []);
  }
}
