import type { FileCitationAnnotation } from 'openai/resources/beta/threads/messages';
import { markOf, marksIn } from '../../citationMarks';
import { inCodePoints } from '../../codePoints';
import type { StoredPassage } from '../../store/runTables';
import type { Store } from '../../store/store';

/** The passages that searches of a thread have found, by the two numbers of their mark: `4:0`. */
export type Passages = ReadonlyMap<string, StoredPassage>;

/** All passages found in a thread: answers cite those of earlier runs, too. */
export function passagesOf(store: Store, threadId: string): Passages {
  const searches = store.steps.searchesOfThread(threadId);
  return new Map(
    searches.flatMap(({ number, passages }) =>
      passages.map((passage, at): [string, StoredPassage] => [`${number}:${at}`, passage]),
    ),
  );
}

/**
 * Annotations for the marks that cite a passage, in a piece of text that begins at `offset` of its part, in code
 * points. Other marks stay plain text. `passages` is only called if there are marks.
 */
export function citationsIn(
  text: string,
  offset: number,
  passages: () => Passages,
): FileCitationAnnotation[] {
  const cited = marksIn(text).flatMap((found): FileCitationAnnotation[] => {
    const passage = passages().get(`${found.search}:${found.passage}`);
    if (!passage) return [];
    return [
      {
        type: 'file_citation',
        text: found.text,
        start_index: found.start,
        end_index: found.start + found.text.length,
        file_citation: { file_id: passage.file_id },
      },
    ];
  });
  return inCodePoints(text, cited).map((citation) => ({
    ...citation,
    start_index: offset + citation.start_index,
    end_index: offset + citation.end_index,
  }));
}

/** The mark for a file that a provider cites: that of its best passage in the newest search that found it. */
export function markOfFile(store: Store, threadId: string, fileId: string): string | undefined {
  const searches = store.steps.searchesOfThread(threadId);
  for (const { number, passages } of searches.reverse()) {
    const at = passages.findIndex(({ file_id }) => file_id === fileId);
    const passage = passages[at];
    if (passage) return markOf(number, at, passage.file_name);
  }
  return undefined;
}
