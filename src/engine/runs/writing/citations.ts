import type { FileCitationAnnotation } from 'openai/resources/beta/threads/messages';
import { markOf, marksIn } from '../../text/citationMarks';
import { inCodePoints } from '../../text/codePoints';
import type { Store } from '../../store/store';

/** The id of the file of a passage that a mark names by its two numbers; undefined if the mark cites nothing. */
export type CitedFile = (search: number, passage: number) => string | undefined;

/**
 * Annotations for the marks that cite a passage, in a piece of text that begins at `offset` of its part, in code
 * points. Other marks stay plain text.
 */
export function citationsIn(text: string, offset: number, citedFile: CitedFile): FileCitationAnnotation[] {
  const cited = marksIn(text).flatMap((found): FileCitationAnnotation[] => {
    const file_id = citedFile(found.search, found.passage);
    if (file_id === undefined) return [];
    return [
      {
        type: 'file_citation',
        text: found.text,
        start_index: found.start,
        end_index: found.start + found.text.length,
        file_citation: { file_id },
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
  const found = store.steps.newestPassage(threadId, fileId);
  return found && markOf(found.search, found.passage, found.fileName);
}
