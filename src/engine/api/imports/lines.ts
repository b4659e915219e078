import { badRequest } from '../../errors';

/** The longest line, in bytes: one object. */
const maxLineBytes = 32 * 1024 * 1024;

/** Bytes that are read before their lines are yielded: a transaction for each line costs more than what it writes. */
const bytesAtOnce = 64 * 1024;

const lineEnd = 0x0a;

/**
 * The lines of a request's body, several at once. If the body breaks off, those that have come in full are yielded first.
 * Throws the API's 400 if one is too long.
 */
export async function* readLines({ body }: Request): AsyncGenerator<string[]> {
  if (!body) return;
  const lines = new Lines();
  try {
    for await (const chunk of body as ReadableStream<Uint8Array>) {
      for (let at = 0; at < chunk.length; at += bytesAtOnce) {
        lines.add(chunk.subarray(at, at + bytesAtOnce));
        if (lines.completeBytes >= bytesAtOnce) yield lines.take();
      }
    }
  } catch (error) {
    if (lines.completeBytes > 0) yield lines.take();
    throw error;
  }
  lines.complete();
  if (lines.completeBytes > 0) yield lines.take();
}

/** Collects the bytes of lines. */
class Lines {
  #complete: Uint8Array[] = [];
  completeBytes = 0;
  /** The start of a line. */
  #rest: Uint8Array[] = [];
  #restBytes = 0;

  add(chunk: Uint8Array): void {
    const last = chunk.lastIndexOf(lineEnd);
    if (last >= 0) {
      this.#rest.push(chunk.subarray(0, last + 1));
      this.#restBytes += last + 1;
      this.complete();
    }
    const tail = chunk.subarray(last + 1);
    this.#rest.push(tail);
    this.#restBytes += tail.length;
    if (this.#restBytes > maxLineBytes)
      throw badRequest(`A line of the body is longer than ${maxLineBytes / 1024 / 1024} MB.`);
  }

  /** Takes what has come since as complete: a line ends here. */
  complete(): void {
    for (const piece of this.#rest) this.#complete.push(piece);
    this.completeBytes += this.#restBytes;
    this.#rest = [];
    this.#restBytes = 0;
  }

  /** The lines that are complete. */
  take(): string[] {
    const text = Buffer.concat(this.#complete).toString('utf8');
    this.#complete = [];
    this.completeBytes = 0;
    return text.split('\n').filter((line) => line.trim() !== '');
  }
}
