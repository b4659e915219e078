import type { HostedFiles, HostedPassage, HostedTools } from '../models/modelProvider';
import type { StoredPassage } from '../store/tables/runTables';
import type { Store } from '../store/store';
import { saveOutputFile } from '../store/maintenance/outputFile';
import type { HostedResults } from '../tools/engineTool';
import { textOf, type VectorStoreManager } from '../tools/fileSearch/stores/vectorStoreManager';
import type { Chunk } from '../store/chunk';

export interface HostedRunParts {
  store: Store;
  stores?: VectorStoreManager;
  /** The ids of the vector stores that it searches, as this engine knows them. */
  storeIds: readonly string[];
  /** Identifies the connection and its server. */
  place: string;
  remote: HostedFiles;
  /** The tools that the request asks the provider for. */
  tools: HostedTools;
}

/** A run with tools that its model's provider answers. Maps the provider's ids to those of this engine. */
export class HostedRun implements HostedResults {
  readonly tools: HostedTools;
  /** The text of files as this engine has read it. */
  readonly #texts = new Map<string, { chunks: Chunk[]; text: string }>();

  constructor(private readonly parts: HostedRunParts) {
    this.tools = parts.tools;
  }

  /** Whether the provider answers the calls of a tool. */
  has(type: string): boolean {
    const { fileSearch, codeInterpreter } = this.tools;
    const hosted = { file_search: fileSearch, code_interpreter: codeInterpreter } as Record<string, unknown>;
    return hosted[type] !== undefined;
  }

  /** This engine's id of a file of the provider; the provider's own id if the file is unknown. */
  localFile(id: string): string {
    return this.parts.store.hosted.localFile(this.parts.place, id) ?? id;
  }

  /** A passage that the provider has found, as if this engine had found it. */
  passage({ fileId, filename, score, text }: HostedPassage): StoredPassage {
    const file_id = this.localFile(fileId);
    const file_name = this.parts.store.files.get(file_id)?.filename ?? filename;
    const location = this.#locate(file_id, text);
    return { file_id, file_name, score, text, ...(location && { location }) };
  }

  /** Stores an image that hosted code has shown. Returns its file's id; undefined unless `url` is a data URL of it. */
  async keepImage(url: string): Promise<string | undefined> {
    const [, type, data] = /^data:image\/(png|jpeg|gif|webp);base64,([A-Za-z0-9+/=]+)$/.exec(url) ?? [];
    if (type === undefined || data === undefined) return undefined;
    return saveOutputFile(this.parts.store, `image.${type}`, [Buffer.from(data, 'base64')]);
  }

  /** Imports a file that hosted code wrote. Returns its id. */
  async keepFile(containerId: string, fileId: string, name: string, signal: AbortSignal): Promise<string> {
    const bytes = await this.parts.remote.containerFile(containerId, fileId, signal);
    return saveOutputFile(this.parts.store, name, [bytes]);
  }

  /** Finds a passage in the text that this engine has read, from which the provider's text may differ. */
  #locate(fileId: string, text: string): StoredPassage['location'] {
    const beginning = text.trim().slice(0, 80);
    for (const storeId of beginning === '' ? [] : this.parts.storeIds) {
      const read = this.#textOf(storeId, fileId);
      const start = read.text.indexOf(beginning);
      const chunk = start < 0 ? undefined : read.chunks.findLast((one) => one.start <= start);
      if (!chunk) continue;
      const end = Math.min(read.text.length, start + text.trim().length);
      const line = chunk.line + read.text.slice(chunk.start, start).split('\n').length - 1;
      return { start, end, line, ...(chunk.page !== undefined && { page: chunk.page }) };
    }
    return undefined;
  }

  #textOf(storeId: string, fileId: string): { chunks: Chunk[]; text: string } {
    const key = `${storeId} ${fileId}`;
    const known = this.#texts.get(key);
    if (known) return known;
    const chunks = this.parts.stores?.chunksOf(storeId, fileId) ?? [];
    const read = { chunks, text: textOf(chunks) };
    this.#texts.set(key, read);
    return read;
  }
}
