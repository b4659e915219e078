/** Limits of a message between host and child, in both directions; larger contents are sent in pieces. */
export const maxHeaderBytes = 1024 * 1024;
export const maxPieceBytes = 1024 * 1024;

/** Files that a thread can have; those that code writes beyond are not saved. */
export const maxFiles = 10_000;

/** Of the files that are not saved, the names that are reported; the others are counted. */
export const maxOmittedNames = 20;
