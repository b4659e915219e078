import type { HostedFiles, HostedPassage, HostedTools } from '../models/modelProvider';
import type { KeptPassage } from '../store/runTables';
import type { Store } from '../store/store';
import { keepOutputFile } from '../store/outputFile';
import type { HostedResults } from '../tools/engineTool';
import { textOf, type VectorStoreManager } from '../tools/fileSearch/stores/vectorStoreManager';
import type { Chunk } from '../store/chunk';

export interface HostedRunParts {
  store: Store;
  stores?: VectorStoreManager;
  /** The vector stores that it may search, by the ids they have here. */
  storeIds: readonly string[];
  /** The connection and its server. */
  place: string;
  remote: HostedFiles;
  /** What the provider is asked to offer. */
  tools: HostedTools;
}

/** A run whose tools, or some of them, its provider answers: the provider's ids become those of here. */
export class HostedRun implements HostedResults {
  readonly tools: HostedTools;
  /** What was read here of the files that passages are of. */
  readonly #read = new Map<string, { chunks: Chunk[]; text: string }>();

  constructor(private readonly parts: HostedRunParts) {
    this.tools = parts.tools;
  }

  /** Whether the provider answers a tool. */
  has(type: string): boolean {
    const { fileSearch, codeInterpreter } = this.tools;
    const hosted = { file_search: fileSearch, code_interpreter: codeInterpreter } as Record<string, unknown>;
    return hosted[type] !== undefined;
  }

  /** The id that a file of the provider has here; its own where it is unknown. */
  localFile(id: string): string {
    return this.parts.store.hosted.localFile(this.parts.place, id) ?? id;
  }

  /** A passage that the provider has found, as one that was found here. */
  passage({ fileId, filename, score, text }: HostedPassage): KeptPassage {
    const file_id = this.localFile(fileId);
    const file_name = this.parts.store.files.get(file_id)?.filename ?? filename;
    const location = this.#locate(file_id, text);
    return { file_id, file_name, score, text, ...(location && { location }) };
  }

  /** Makes an image that code has shown a file of here; undefined where it did not come with its bytes. */
  async keepImage(url: string): Promise<string | undefined> {
    const [, type, data] = /^data:image\/(png|jpeg|gif|webp);base64,([A-Za-z0-9+/=]+)$/.exec(url) ?? [];
    if (type === undefined || data === undefined) return undefined;
    return keepOutputFile(this.parts.store, `image.${type}`, [Buffer.from(data, 'base64')]);
  }

  /** Makes a file that code has written a file of here. */
  async keepFile(containerId: string, fileId: string, name: string, signal: AbortSignal): Promise<string> {
    const bytes = await this.parts.remote.containerFile(containerId, fileId, signal);
    return keepOutputFile(this.parts.store, name, [bytes]);
  }

  /** Where a passage stands in what was read here. The provider reads otherwise: it may not be found. */
  #locate(fileId: string, text: string): KeptPassage['location'] {
    const beginning = text.trim().slice(0, 80);
    for (const storeId of beginning === '' ? [] : this.parts.storeIds) {
      const read = this.#readOf(storeId, fileId);
      const start = read.text.indexOf(beginning);
      const chunk = start < 0 ? undefined : read.chunks.findLast((one) => one.start <= start);
      if (!chunk) continue;
      const end = Math.min(read.text.length, start + text.trim().length);
      const line = chunk.line + read.text.slice(chunk.start, start).split('\n').length - 1;
      return { start, end, line, ...(chunk.page !== undefined && { page: chunk.page }) };
    }
    return undefined;
  }

  #readOf(storeId: string, fileId: string): { chunks: Chunk[]; text: string } {
    const key = `${storeId} ${fileId}`;
    const known = this.#read.get(key);
    if (known) return known;
    const chunks = this.parts.stores?.chunksOf(storeId, fileId) ?? [];
    const read = { chunks, text: textOf(chunks) };
    this.#read.set(key, read);
    return read;
  }
}
