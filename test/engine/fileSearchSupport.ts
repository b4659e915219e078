import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type OpenAI from 'openai';
import { toFile } from 'openai';
import type { RunStepInclude } from 'openai/resources/beta/threads/runs/steps';
import type { FileObject } from 'openai/resources/files';
import type { VectorStore } from 'openai/resources/vector-stores/vector-stores';
import type { EngineOptions } from '../../src/engine/engine';
import type { ModelProvider } from '../../src/engine/models/modelProvider';
import { type ReadDocument, UnreadableFileError } from '../../src/engine/tools/fileSearch/searchTypes';
import type { Reader } from '../../src/engine/tools/fileSearch/stores/parts';
import { openEngine, type TestEngine, until } from './support';

/** The `include` parameter for the contents of search results. */
export const contents: RunStepInclude = 'step_details.tool_calls[*].file_search.results[*].content';

/** Returns files unchanged. A file that starts with “broken” cannot be read; `hold` makes files wait. */
export class TestReader implements Reader {
  /** Names of the files whose reading has started, in order. */
  readonly begun: string[] = [];
  /** The encodings that were set for those files. */
  readonly encodings: (string | undefined)[] = [];
  /** Names of the files whose reading was aborted. */
  readonly stopped: string[] = [];
  #gate: Promise<void> = Promise.resolve();

  /** Blocks all reads from now on, until the returned function is called. */
  hold(): () => void {
    let go: () => void = () => undefined;
    this.#gate = new Promise((resolve) => (go = resolve));
    return go;
  }

  async read(path: string, filename: string, signal: AbortSignal, encoding?: string): Promise<ReadDocument> {
    this.begun.push(filename);
    this.encodings.push(encoding);
    signal.addEventListener('abort', () => this.stopped.push(filename), { once: true });
    await Promise.race([this.#gate, rejectedBy(signal)]);
    const text = await readFile(path, 'utf8');
    if (text.startsWith('broken')) throw new UnreadableFileError('invalid_file', `${filename} is damaged.`);
    if (text.startsWith('crash')) throw new TypeError('The reader has a fault.');
    return { text };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** The built script of the worker thread that searches and indexes. */
export const searchWorker = resolve('dist/searchWorker.js');

/** An engine with file search in a worker thread, and a `TestReader`; without worker if that is null. */
export function openSearch(
  options: Partial<EngineOptions> & {
    provider?: ModelProvider;
    reader?: TestReader;
    worker?: string | null;
  } = {},
): TestEngine & { reader: TestReader } {
  const { reader = new TestReader(), worker = searchWorker, ...rest } = options;
  const fileSearch = { reader, ...(worker !== null && { worker }) };
  return { ...openEngine({ tools: { fileSearch }, ...rest }), reader };
}

export async function upload(client: OpenAI, name: string, text: string): Promise<FileObject> {
  return client.files.create({ file: await toFile(Buffer.from(text), name), purpose: 'assistants' });
}

/** A vector store with files of these names and texts, once all are read or have failed. */
export async function storeWith(client: OpenAI, files: Record<string, string>): Promise<VectorStore> {
  const uploaded: FileObject[] = [];
  for (const [name, text] of Object.entries(files)) uploaded.push(await upload(client, name, text));
  const { id } = await client.vectorStores.create({ file_ids: uploaded.map((file) => file.id) });
  return whenRead(client, id);
}

/** The store, once no file of it is being read. */
export function whenRead(client: OpenAI, storeId: string): Promise<VectorStore> {
  return until('the files are read', async () => {
    const store = await client.vectorStores.retrieve(storeId);
    return store.status !== 'in_progress' && store;
  });
}
