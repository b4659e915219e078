import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { StoredThread } from '../store/tables/threadTable';
import type { FoundWords, WordsItem } from '../store/tables/threadWordsTable';
import type { Store } from '../store/store';
import { UnknownCursorError } from '../store/tables/table';
import { indexedParts, type PartKind } from './indexedParts';
import { type Passage, PassageFinder } from './passages';
import { matchExpression, searchTerms } from './searchQuery';
import type { ThreadIndexer } from './threadIndexer';

/** A message, or a thread's title, that a search has found. */
export interface ThreadSearchResult {
  object: 'thread.search_result';
  /** That of the message, or of the thread if its title was found. */
  id: string;
  thread: StoredThread;
  /** Null if the title was found. */
  message_id: string | null;
  role: Message['role'] | null;
  /** Of the message, or of the thread. */
  created_at: number;
  /** What the passage is of. */
  found_in: PartKind | 'title';
  passage: Passage;
}

export interface ThreadSearchAsked {
  query: string;
  limit: number;
  /** The id of the result before. */
  after?: string;
  /** Search the titles alone. */
  titlesOnly?: boolean;
}

export interface ThreadSearchPage {
  results: ThreadSearchResult[];
  hasMore: boolean;
  /** Whether all messages are indexed. */
  isComplete: boolean;
}

/**
 * Finds threads by the words of their titles and messages: titles first, then messages, both newest first. Throws
 * UnknownCursorError.
 */
export async function searchThreads(
  store: Store,
  indexer: ThreadIndexer,
  asked: ThreadSearchAsked,
): Promise<ThreadSearchPage> {
  const terms = searchTerms(asked.query);
  const match = matchExpression(terms);
  const isComplete = await indexer.catchUp();
  if (match === undefined) return { results: [], hasMore: false, isComplete };
  const after = cursorOf(store, asked.after);
  const found = read(store, match, after, asked);
  const finder = new PassageFinder(terms);
  const results: ThreadSearchResult[] = [];
  for (const one of found.slice(0, asked.limit)) {
    results.push(resultOf(store, finder, one));
    // A long message takes some milliseconds.
    await nextTurn();
  }
  return { results, hasMore: found.length > asked.limit, isComplete };
}

function cursorOf(store: Store, id: string | undefined): WordsItem | undefined {
  if (id === undefined) return undefined;
  const item = store.threadWords.itemOf(id);
  if (item === undefined) throw new UnknownCursorError('after', id);
  return item;
}

/** One result more than asked for, if there is one. */
function read(
  { threadWords }: Store,
  match: string,
  after: WordsItem | undefined,
  { limit, titlesOnly }: ThreadSearchAsked,
): FoundWords[] {
  const isInMessages = after !== undefined && after > 0;
  const titles = isInMessages ? [] : threadWords.findTitles(match, after, limit + 1);
  const left = limit + 1 - titles.length;
  if (titlesOnly || left <= 0) return titles;
  return [...titles, ...threadWords.findMessages(match, isInMessages ? after : undefined, left)];
}

function resultOf(store: Store, finder: PassageFinder, found: FoundWords): ThreadSearchResult {
  const thread = JSON.parse(found.thread) as StoredThread;
  if (found.message === undefined) {
    const { id, created_at } = thread;
    const passage = passageIn(finder, thread.metadata?.['title'] ?? '');
    return {
      object: 'thread.search_result',
      ...{ id, thread, message_id: null, role: null, created_at, found_in: 'title', passage },
    };
  }
  const { id, role, created_at, run_id } = JSON.parse(found.message) as Message;
  const parts = indexedParts(store.threadWords, { body: found.message, run_id });
  // A file may have been deleted since its name was indexed.
  const none = { kind: 'message' as PartKind, text: '', matches: [], found: -1 };
  const best = parts
    .map(({ kind, text }) => ({ kind, ...finder.find(text) }))
    .reduce((one, other) => (other.found > one.found ? other : one), none);
  const { text, matches } = best;
  return {
    object: 'thread.search_result',
    ...{ id, thread, message_id: id, role, created_at, found_in: best.kind, passage: { text, matches } },
  };
}

function passageIn(finder: PassageFinder, whole: string): Passage {
  const { text, matches } = finder.find(whole);
  return { text, matches };
}
