import { Readable } from 'node:stream';
import { newId, unixTime } from '../../ids';
import type { Store } from '../store';

/** The size of the sandbox's disk, in bytes: code cannot write a larger file. */
const maxFileBytes = 256 * 1024 * 1024;

/**
 * Saves a file that code wrote as a file of the API (purpose `assistants_output`), which expires after these seconds
 * if they are given. Returns its id.
 */
export async function saveOutputFile(
  store: Store,
  name: string,
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  expiresIn?: number,
): Promise<string> {
  const id = newId('file');
  const created_at = unixTime();
  const bytes = await store.contents.write(id, Readable.from(content), maxFileBytes);
  store.files.insert({
    id,
    object: 'file',
    bytes,
    created_at,
    ...(expiresIn !== undefined && { expires_at: created_at + expiresIn }),
    filename: name.split('/').at(-1) ?? name,
    purpose: 'assistants_output',
    status: 'processed',
  });
  return id;
}
