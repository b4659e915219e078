/** File search: its time over 10,000 chunks, how often it finds the right passage, and how tokenizers compare. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDatabase } from '../src/engine/store/database';
import { chunkDocument } from '../src/engine/tools/fileSearch/index/splitText';
import { SearchIndex } from '../src/engine/tools/fileSearch/index/searchIndex';
import type { Chunk } from '../src/engine/store/chunk';
import { defaultChunking } from '../src/engine/tools/fileSearch/searchTypes';
import { anyText, manuals, rules, type Corpus, type Question } from './fileSearchCorpus';
import { anyVector, embed } from './fileSearchEmbedding';
import { recallOf, shortWordsFound, ways } from './fileSearchTokenizers';
import { type Benchmark, median, type Row } from './row';

const model = 'hashed';
const chunksSearched = 10_000;
const limitMs = 30;
const indexedCharacters = 8 * 1024 * 1024;
const minSpeed = 8;
/** Passages per search, as for a model. */
const passages = 20;
/** Slightly below the measured recall, since the corpus depends on the installed packages. */
const minRecall = { manuals: 0.8, rules: 0.6 };

const languages = ['zh_CN', 'ja', 'ko'] as const;

export const rows = {
  search: () => inDatabase((bench) => searchTimes(bench, manuals().questions)),
  indexing: () => inDatabase(indexingSpeed),
  manuals: () => inDatabase((bench) => quality('manuals', bench, [manuals()], minRecall.manuals)),
  languages: () =>
    inDatabase((bench) => quality('Chinese, Japanese, Korean', bench, languages.map(rules), minRecall.rules)),
  tokenizers: () =>
    Promise.resolve([
      tokenizers(
        'questions by pairs of characters, FTS5’s ranking: recall@5',
        recallOf,
        languages.map(rules),
        0.97,
      ),
      tokenizers(
        'passages found by a word of two Han by pairs of characters',
        shortWordsFound,
        languages.slice(0, 2).map(rules),
        1,
      ),
    ]),
} satisfies Benchmark['rows'];

interface Bench {
  index: SearchIndex;
  put: (storeId: string, fileId: string, chunks: readonly Chunk[], vectors?: readonly Float32Array[]) => void;
}

// eslint-disable-next-line @typescript-eslint/require-await
async function inDatabase(measure: (bench: Bench) => Row[]): Promise<Row[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'file-search-bench-'));
  const db = openDatabase(folder);
  const index = new SearchIndex(db);
  const addStore = db.prepare("INSERT OR IGNORE INTO vector_stores (id, body) VALUES (?, '{}')");
  const addFile = db.prepare(
    "INSERT INTO vector_store_files (vector_store_id, id, status, body) VALUES (?, ?, 'completed', '{}')",
  );
  try {
    return measure({
      index,
      put(storeId, fileId, chunks, vectors) {
        addStore.run(storeId);
        addFile.run(storeId, fileId);
        index.put(storeId, fileId, chunks, vectors && { model, vectors });
      },
    });
  } finally {
    db.close();
    rmSync(folder, { recursive: true });
  }
}

function searchTimes({ index, put }: Bench, questions: readonly Question[]): Row[] {
  let count = 0;
  for (const { id, text } of anyText()) {
    const chunks = chunkDocument({ text }, defaultChunking).slice(0, chunksSearched - count);
    const first = count;
    put(
      'vs_a',
      id,
      chunks,
      chunks.map((_, i) => anyVector(first + i)),
    );
    count += chunks.length;
    if (count === chunksSearched) break;
  }
  const time = (withVector: boolean) => {
    const asked = questions.filter((_, i) => i % Math.ceil(questions.length / 60) === 0);
    const times = asked.map(({ text }, i) => {
      const vector = withVector ? { model, vector: anyVector(-i) } : undefined;
      const start = performance.now();
      index.search({ storeIds: ['vs_a'], text, vector, limit: passages });
      return performance.now() - start;
    });
    return median(times);
  };
  // Warm-up: the first search loads the vectors.
  time(true);
  const both = time(true);
  const words = time(false);
  return [
    {
      what: `search in ${count} chunks by words and vectors, median`,
      measured: `${both.toFixed(1)} ms`,
      against: `${words.toFixed(1)} ms by words alone`,
      ratio: `${both.toFixed(1)} ms`,
      limit: `${limitMs} ms`,
      met: both <= limitMs && count === chunksSearched,
    },
  ];
}

/** Of text that is cut into chunks and indexed by words, in CPU time. */
function indexingSpeed({ put }: Bench): Row[] {
  let text = '';
  for (const document of anyText()) {
    text += document.text;
    if (text.length >= indexedCharacters) break;
  }
  const before = process.cpuUsage();
  const chunks = chunkDocument({ text: text.slice(0, indexedCharacters) }, defaultChunking);
  put('vs_a', 'text', chunks);
  const { user, system } = process.cpuUsage(before);
  const speed = indexedCharacters / 2 ** 20 / ((user + system) / 1_000_000);
  return [
    {
      what: `${indexedCharacters / 2 ** 20} MB of text indexed by words, in a second of CPU time`,
      measured: `${speed.toFixed(1)} MB/s`,
      against: '–',
      ratio: `${speed.toFixed(1)} MB/s`,
      limit: `at least ${minSpeed} MB/s`,
      met: speed >= minSpeed,
    },
  ];
}

interface Quality {
  /** Recall@5: the share of questions whose passage is among the first five. */
  recall: number;
  /** Mean reciprocal rank: 1 / rank of the passage, 0 if it is not among the first ten. */
  mrr: number;
}

function quality(name: string, { index, put }: Bench, corpora: readonly Corpus[], min: number): Row[] {
  corpora.forEach(({ documents }, i) => {
    for (const { id, text } of documents) {
      const chunks = chunkDocument({ text }, defaultChunking);
      put(
        `vs_${i}`,
        id,
        chunks,
        chunks.map((chunk) => embed(chunk.text)),
      );
    }
  });
  const questions = corpora.flatMap((corpus, i) =>
    corpus.questions.map((question) => ({ ...question, storeId: `vs_${i}` })),
  );
  const measure = (withVectors: boolean): Quality => {
    const places = questions.map(({ storeId, text, documentId, start, end }) => {
      const vector = withVectors ? { model, vector: embed(text) } : undefined;
      const hits = index.search({ storeIds: [storeId], text, vector, limit: 10 });
      return hits.findIndex(
        ({ fileId, chunk }) =>
          fileId === documentId && overlap(chunk, { start, end }) >= Math.min(end - start, 1_000) / 2,
      );
    });
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    return {
      recall: mean(places.map((place) => (place >= 0 && place < 5 ? 1 : 0))),
      mrr: mean(places.map((place) => (place >= 0 ? 1 / (place + 1) : 0))),
    };
  };
  const words = measure(false);
  const fused = measure(true);
  const figures = ({ recall, mrr }: Quality) => `recall@5 ${recall.toFixed(2)}, MRR ${mrr.toFixed(2)}`;
  const row = (how: string, of: Quality, against: string): Row => ({
    what: `${questions.length} questions, ${name}: ${how}`,
    measured: figures(of),
    against,
    ratio: `${of.recall.toFixed(2)} found`,
    limit: `at least ${min}`,
    met: of.recall >= min && questions.length >= 200,
  });
  return [row('words alone', words, '–'), row('with hashed vectors', fused, figures(words))];
}

function overlap(a: { start: number; end: number }, b: { start: number; end: number }): number {
  return Math.min(a.end, b.end) - Math.max(a.start, b.start);
}

function tokenizers(
  what: string,
  measure: (way: (typeof ways)[keyof typeof ways], corpus: Corpus) => number,
  corpora: readonly Corpus[],
  minRatio: number,
): Row {
  const share = (way: (typeof ways)[keyof typeof ways]) =>
    corpora.reduce((sum, corpus) => sum + measure(way, corpus), 0) / corpora.length;
  const { 'pairs of characters': ours, ...others } = ways;
  const found = share(ours);
  const against = Object.entries(others).map(([name, way]) => ({ name, recall: share(way) }));
  const ratio = found / Math.max(...against.map(({ recall }) => recall));
  return {
    what,
    measured: found.toFixed(2),
    against: against.map(({ name, recall }) => `${recall.toFixed(2)} ${name}`).join(', '),
    ratio: `${ratio.toFixed(2)}×`,
    limit: `at least ${minRatio}×`,
    met: ratio >= minRatio,
  };
}
