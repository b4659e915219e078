/** The data of the benchmarks of the search, and what they do with it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { type OpenAI, toFile } from 'openai';

export const vectorModel = 'bench/vectors';
export const searches = 25;
export const indexedBytes = 8 * 1024 * 1024;
/** Chunks of the largest store. */
export const largeChunks = 100_000;
const wordsPerChunk = 8;

export const storeOf = (chunks: number): string => `vs_${chunks}`;

/** Pseudo-random words of a vocabulary of 20,000, of which some are frequent. */
export function anyWords(seed: number): string {
  let state = Math.imul(seed, 0x9e3779b1);
  const words = Array.from({ length: wordsPerChunk }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return `word${Math.floor(((state >>> 0) / 2 ** 32) ** 3 * 20_000).toString(36)}ing`;
  });
  return words.join(' ');
}

export async function uploadLarge(client: OpenAI): Promise<string> {
  const lines: string[] = [];
  for (let length = 0; length < indexedBytes; length += lines.at(-1)!.length + 1)
    lines.push(anyWords(lines.length));
  const file = await toFile(Buffer.from(lines.join('\n')), 'large.txt');
  return (await client.files.create({ file, purpose: 'assistants' })).id;
}

export async function indexed(client: OpenAI, file: string): Promise<void> {
  const { id } = await client.vectorStores.create({ file_ids: [file] });
  while ((await client.vectorStores.retrieve(id)).status === 'in_progress') await sleep(50);
}

/** Whether rows of a deleted store are left in a database. */
export function isDeleting(file: string): boolean {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    return db.prepare('SELECT 1 FROM search_files WHERE vector_store_id IS NULL LIMIT 1').get() !== undefined;
  } finally {
    db.close();
  }
}
