/** Limits of a message between host and child, in both directions; larger contents are sent in pieces. */
export const maxHeaderBytes = 1024 * 1024;
export const maxPieceBytes = 1024 * 1024;

/** Files that a thread can have; those that code writes beyond are not saved. */
export const maxFiles = 10_000;

/** Files of pictures that are shown already; further ones are shown again. */
export const maxShownNames = 100;
export const maxShownNameLength = 500;

/** Of the files that are not saved, the names that are reported; the others are counted. */
export const maxOmittedNames = 20;
