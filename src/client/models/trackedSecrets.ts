import type * as vscode from 'vscode';

/** The methods of VS Code's secret storage that are used. */
export type Secrets = Pick<vscode.SecretStorage, 'get' | 'store' | 'delete'>;

const key = 'secrets.names';

/**
 * VS Code's secret storage, plus a list of the stored names: the storage cannot list them, and «Delete
 * All Data» has to delete them all.
 */
export class TrackedSecrets implements Secrets {
  constructor(
    private readonly secrets: Secrets,
    private readonly state: vscode.Memento,
  ) {}

  get(name: string): Thenable<string | undefined> {
    return this.secrets.get(name);
  }

  async store(name: string, value: string): Promise<void> {
    // The name first: a name without a secret is harmless, a secret without a name is never deleted.
    if (!this.names().includes(name)) await this.state.update(key, [...this.names(), name]);
    await this.secrets.store(name, value);
  }

  async delete(name: string): Promise<void> {
    await this.secrets.delete(name);
    const others = this.names().filter((other) => other !== name);
    await this.state.update(key, others.length > 0 ? others : undefined);
  }

  /** Deletes every secret that was stored here. */
  async deleteAll(): Promise<void> {
    for (const name of this.names()) await this.delete(name);
  }

  private names(): readonly string[] {
    return this.state.get<string[]>(key, []);
  }
}
