import { Readable } from 'node:stream';
import { newId, unixTime } from '../ids';
import type { Store } from './store';

/** No file that code writes is larger: the disk of its sandbox is not. */
const maxFileBytes = 256 * 1024 * 1024;

/** Makes what code wrote a file of the API. Returns its id. */
export async function saveOutputFile(
  store: Store,
  name: string,
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<string> {
  const id = newId('file');
  const bytes = await store.contents.write(id, Readable.from(content), maxFileBytes);
  store.files.insert({
    id,
    object: 'file',
    bytes,
    created_at: unixTime(),
    filename: name.split('/').at(-1) ?? name,
    purpose: 'assistants_output',
    status: 'processed',
  });
  return id;
}
