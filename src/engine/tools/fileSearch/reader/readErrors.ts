/** A password is needed. */
export class EncryptedFileError extends Error {
  override readonly name = 'EncryptedFileError';
}

/** Why a file cannot be read, in words that go after its name. */
export class UnreadablePartError extends Error {
  override readonly name = 'UnreadablePartError';
}

/** There is more text than may be read. */
export class TextTooLongError extends Error {
  override readonly name = 'TextTooLongError';
}

/** What was to be decoded is no text. */
export class NotTextError extends Error {
  override readonly name = 'NotTextError';
}
