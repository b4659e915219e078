import type { Secrets } from './trackedSecrets';

/** What a key belongs to. */
export interface KeyOwner {
  id: string;
  baseUrl: string;
}

/**
 * The API keys, stored only in VS Code's SecretStorage. A key is bound to its connection and to the
 * origin of its base URL: it is never sent to another origin if the base URL changes.
 */
export class KeyStore {
  constructor(private readonly secrets: Secrets) {}

  async get(owner: KeyOwner): Promise<string | undefined> {
    return this.secrets.get(storageKey(owner));
  }

  async set(owner: KeyOwner, key: string): Promise<void> {
    await this.secrets.store(storageKey(owner), key);
  }

  /** Whether keys are forgotten when the window is reloaded; undefined if that is not known. */
  async forgets(): Promise<boolean | undefined> {
    return this.secrets.forgets?.();
  }

  async delete(owner: KeyOwner): Promise<void> {
    await this.secrets.delete(storageKey(owner));
  }
}

function storageKey({ id, baseUrl }: KeyOwner): string {
  return `apiKey:${id}@${new URL(baseUrl).origin}`;
}
