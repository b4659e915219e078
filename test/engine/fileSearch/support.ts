import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  DocumentReader,
  type DocumentReaderOptions,
} from '../../../src/engine/tools/fileSearch/documentReader';
import { decodeDocument } from '../../../src/engine/tools/fileSearch/encodedDocument';
import type { Chunk } from '../../../src/engine/store/chunk';
import type { ReadDocument } from '../../../src/engine/tools/fileSearch/searchTypes';

export const script = resolve('dist/reader/reader.mjs');

export interface TestReader {
  reader: DocumentReader;
  folder: string;
  /** Reads a file with this name and content. */
  read: (filename: string, content: Uint8Array | string, encoding?: string) => Promise<ReadDocument>;
  /** Returns the error of reading such a file. */
  errorOf: (filename: string, content: Uint8Array | string) => Promise<{ code: string; message: string }>;
}

/** A reader for the tests of one `describe`. */
export function useReader(options: Partial<DocumentReaderOptions> = {}): TestReader {
  const folder = mkdtempSync(join(tmpdir(), 'document-reader-'));
  const reader = new DocumentReader({ script, ...options });
  after(() => {
    reader.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const read: TestReader['read'] = async (filename, content, encoding) => {
    // As in the data folder, the name on disk differs from the original one.
    const path = join(folder, 'file-1');
    writeFileSync(path, content);
    return decodeDocument(await reader.read(path, filename, new AbortController().signal, encoding));
  };
  return {
    reader,
    folder,
    read,
    errorOf: async (filename, content) => {
      const { text } = await read(filename, content).catch((error: unknown) => ({ text: error }));
      if (typeof text === 'string') throw new Error(`“${filename}” was read: ${text.slice(0, 200)}`);
      const { code, message } = text as { code: string; message: string };
      return { code, message };
    },
  };
}

/** A chunk for each text, as if the texts followed one another in a file. */
export function chunksOf(...texts: string[]): Chunk[] {
  let start = 0;
  return texts.map((text, i) => {
    const chunk = { text, start, end: start + text.length, line: i + 1 };
    start = chunk.end;
    return chunk;
  });
}
