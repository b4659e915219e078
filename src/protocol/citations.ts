/** Passages of files, as the chat shows them. Their words are those of files, which anybody may have written. */

/** A passage that a search has found. */
export interface FoundPassage {
  fileId: string;
  fileName: string;
  /** Its words, or the beginning of them. */
  text: string;
  /** 0–1. */
  score: number;
  /** 1-based. */
  line?: number;
  page?: number;
}

/** What is known of a citation: nothing but its file where no search is known that found it. */
export interface Citation {
  fileId: string;
  fileName?: string;
  text?: string;
  line?: number;
  page?: number;
}

/** Characters of a passage that the chat is given. */
export const maxPassageLength = 2_000;
