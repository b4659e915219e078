/** The file cannot be read without a password. */
export class EncryptedFileError extends Error {
  override readonly name = 'EncryptedFileError';
}

/** A file cannot be read; the message is a predicate that follows its name. */
export class UnreadablePartError extends Error {
  override readonly name = 'UnreadablePartError';
}

/** The text exceeds the limit. */
export class TextTooLongError extends Error {
  override readonly name = 'TextTooLongError';
}

/** The bytes are not text. */
export class NotTextError extends Error {
  override readonly name = 'NotTextError';
}
