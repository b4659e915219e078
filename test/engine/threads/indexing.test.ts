import assert from 'node:assert/strict';
import { Store } from '../../../src/engine/store/store';
import { ThreadIndexer } from '../../../src/engine/threadSearch/threadIndexer';
import { mostInOneTurn } from '../growth/queries';
import { afterTest, openEngine, until } from '../support';
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
    // The newest is long: the first transaction reads it, the next one writes its words, and one more merges them.
    assert.deepEqual(steps, [[], [3], [], [2], [1], [], [0]]);
    const { client } = openEngine({ dataDir });
    const [found] = await passages(client, 'zebra');
    assert.match(found ?? '', /\[zebra\]/);
  });

  it('splits a long message into words in pieces, between which the process does other work', async () => {
    const folded = countFolded();
    const most = mostInOneTurn(() => folded.characters);
    const { steps } = await indexedTogether([`${'Слово за словом '.repeat(15_000)} зебра`]);
    const largest = most();
    assert.deepEqual(steps, [[], [0]]);
    assert.ok(folded.characters > 230_000);
    assert.ok(largest < folded.characters / 2, `${largest} of ${folded.characters} characters in one turn`);
  });
});

/** Counts the characters of texts whose case is folded, until the end of the test. */
function countFolded(): { characters: number } {
  const folded = { characters: 0 };
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const { toUpperCase } = String.prototype;
  String.prototype.toUpperCase = function (this: string) {
    folded.characters += this.length;
    return toUpperCase.call(this);
  };
  afterTest(() => {
    String.prototype.toUpperCase = toUpperCase;
  });
  return folded;
}
