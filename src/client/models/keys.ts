import type { Secrets } from './trackedSecrets';

/** What a key belongs to. */
export interface KeyOwner {
  id: string;
  baseUrl: string;
}

/**
 * The API keys, in VS Code's SecretStorage and nowhere else. A key is bound to its connection and to
 * the origin it was given for: a base URL that was changed afterwards does not receive it.
 */
export class KeyStore {
  constructor(private readonly secrets: Secrets) {}

  async get(owner: KeyOwner): Promise<string | undefined> {
    return this.secrets.get(storageKey(owner));
  }

  async set(owner: KeyOwner, key: string): Promise<void> {
    await this.secrets.store(storageKey(owner), key);
  }

  async delete(owner: KeyOwner): Promise<void> {
    await this.secrets.delete(storageKey(owner));
  }
}

function storageKey({ id, baseUrl }: KeyOwner): string {
  return `apiKey:${id}@${new URL(baseUrl).origin}`;
}
