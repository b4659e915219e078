/** Passages of files, as the chat shows them. Their text comes from files and is not trusted. */
import { isNumber, isObjectOf, isOptional, isString, type Guarded } from '../guards';

/** A passage that a search has found. */
export type FoundPassage = Guarded<typeof isFoundPassage>;
export const isFoundPassage = isObjectOf({
  fileId: isString,
  fileName: isString,
  /** The passage's text, cut to {@link maxPassageLength}. */
  text: isString,
  /** 0–1. */
  score: isNumber,
  /** 1-based. */
  line: isOptional(isNumber),
  page: isOptional(isNumber),
});

/** The passage that a citation is about; only its file if no search is known that found it. */
export type Citation = Guarded<typeof isCitation>;
export const isCitation = isObjectOf({
  fileId: isString,
  fileName: isOptional(isString),
  text: isOptional(isString),
  line: isOptional(isNumber),
  page: isOptional(isNumber),
});

/** Maximum characters of a passage that the chat is sent. */
export const maxPassageLength = 2_000;
