import assert from 'node:assert/strict';
import { Store } from '../../../src/engine/store/store';
import { ThreadIndexer } from '../../../src/engine/threadSearch/threadIndexer';
import { openEngine, until } from '../support';
import { passages, threadOf } from './support';

describe('the index of all threads', () => {
  /** Writes the messages, indexes them, and returns the numbers of those that each transaction has indexed. */
  async function indexedTogether(texts: readonly string[]): Promise<{ steps: number[][]; dataDir: string }> {
    const { client, engine, dataDir } = openEngine();
    await threadOf(client, ...texts);
    await engine.close();
    const store = new Store(dataDir);
    const failures: string[] = [];
    const indexer = new ThreadIndexer(store, 'engine_a', (message) => failures.push(message));
    try {
      store.database.exec(`DELETE FROM thread_words_queue WHERE item < 0;
        INSERT OR IGNORE INTO thread_words_queue SELECT seq FROM messages`);
      const all = store.threadWords.queued(texts.length).reverse();
      let left = new Set(all);
      const steps: number[][] = [];
      store.onCommit = () => {
        const now = new Set(store.threadWords.queued(texts.length));
        steps.push([...left].filter((item) => !now.has(item)).map((item) => all.indexOf(item)));
        left = now;
      };
      indexer.tick(new Set(['engine_a']));
      await until('all messages are indexed', () => !store.threadWords.hasQueued());
      assert.deepEqual(failures, []);
      return { steps, dataDir };
    } finally {
      await indexer.close();
      store.close();
    }
  }

  const long = (word: string) => `${'a text that goes on '.repeat(2_000)} ${word}`;

  it('takes a transaction for each long message, and splits it into words before', async () => {
    const { steps, dataDir } = await indexedTogether(['short', long('zebra'), 'brief', long('okapi')]);
    // The newest is long: the first transaction reads it, and its words are written by the next one.
    assert.deepEqual(steps, [[], [3], [2], [1], [0]]);
    const { client } = openEngine({ dataDir });
    const [found] = await passages(client, 'zebra');
    assert.match(found ?? '', /\[zebra\]/);
  });
});
