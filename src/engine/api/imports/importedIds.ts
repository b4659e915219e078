import { createHash } from 'node:crypto';
import type { IdPrefix } from '../../ids';
import type { Store } from '../../store/store';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** How the ids of each kind look. Other ids are replaced: those of files become names of files. */
const forms: Readonly<Partial<Record<IdPrefix, RegExp>>> = {
  asst: /^asst_[A-Za-z0-9]{8,64}$/,
  thread: /^thread_[A-Za-z0-9]{8,64}$/,
  msg: /^msg_[A-Za-z0-9]{8,64}$/,
  run: /^run_[A-Za-z0-9]{8,64}$/,
  step: /^step_[A-Za-z0-9]{8,64}$/,
  file: /^(file|assistant)-[A-Za-z0-9]{8,64}$/,
  vs: /^vs_[A-Za-z0-9]{8,64}$/,
};

/** An id that follows from its parts, in the form of the API's ids: importing again finds the same one. */
export function derivedId(prefix: IdPrefix, ...parts: readonly (string | number | null)[]): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([prefix, ...parts]))
    .digest();
  let id = prefix === 'file' ? 'file-' : `${prefix}_`;
  for (const byte of hash.subarray(0, 24)) id += alphabet[byte % alphabet.length];
  return id;
}

/** The object that has an id in the database: the imported one itself, another one, or none. */
export type Holder = 'same' | 'other' | undefined;

/** An object as far as its id depends on it. */
export interface Placed {
  prefix: IdPrefix;
  /** As the import has it; of any form. */
  sourceId: string;
  createdAt: number | null;
  holderOf: (id: string) => Holder;
}

/**
 * The ids under which the objects of an import are written: their own ones where these are valid and free. Call the
 * methods in a transaction.
 */
export class ImportedIds {
  constructor(
    private readonly store: Store,
    /** Where the objects come from: ids are distinct within it. */
    private readonly source: string,
  ) {}

  /** The id of an object, and whether it is there already. */
  place({ prefix, sourceId, createdAt, holderOf }: Placed): { id: string; exists: boolean } {
    const noted = this.store.importedIds.get(this.source, sourceId);
    if (noted?.createdAt === createdAt && holderOf(noted.id) === 'same')
      return { id: noted.id, exists: true };
    const own = this.#ownId(prefix, sourceId);
    let id = own;
    for (let attempt = 0; holderOf(id) === 'other'; attempt++)
      id = derivedId(prefix, this.source, sourceId, createdAt, attempt);
    if (id !== sourceId) this.store.importedIds.set(this.source, sourceId, { id, createdAt });
    return { id, exists: holderOf(id) === 'same' };
  }

  /** The id under which an object was imported, or would be, that another one refers to. */
  of(sourceId: string, prefix: IdPrefix): string {
    return this.store.importedIds.get(this.source, sourceId)?.id ?? this.#ownId(prefix, sourceId);
  }

  #ownId(prefix: IdPrefix, sourceId: string): string {
    return forms[prefix]?.test(sourceId) ? sourceId : derivedId(prefix, this.source, sourceId);
  }
}
