import { maxPieceBytes } from '../limits';

const pieceBytes = 16 * 1024;
/** Per window, this many messages are sent immediately; further output is buffered. */
const windowMs = 100;
const maxImmediateMessages = 20;
const maxCaptured = 1_000;

export type Stream = 'out' | 'err';

/** Coalesces Python's output into fewer messages, and drops what exceeds the limit. */
export class TextOut {
  #stream: Stream = 'out';
  #pieces: Uint8Array[] = [];
  #length = 0;
  #since = 0;
  #sent = 0;
  #bytesLeft = 0;
  #captured: string | undefined;

  constructor(
    private readonly send: (stream: Stream, bytes: Uint8Array) => void,
    private readonly now: () => number,
  ) {}

  /** Starts a call that may write this many bytes. */
  begin(bytes: number): void {
    this.#bytesLeft = bytes;
  }

  /** Returns what `work` writes (its first characters, all of them ASCII) instead of sending it. */
  capture(work: () => void): string {
    this.#captured = '';
    try {
      work();
      return this.#captured;
    } finally {
      this.#captured = undefined;
    }
  }

  /** Returns the number of bytes accepted, as a device does: always all of them. */
  write(stream: Stream, bytes: Uint8Array): number {
    if (this.#captured !== undefined) {
      this.#captured += String.fromCharCode(...bytes.subarray(0, maxCaptured - this.#captured.length));
      return bytes.length;
    }
    if (stream !== this.#stream) this.flush();
    this.#stream = stream;
    const kept = bytes.slice(0, this.#bytesLeft);
    this.#bytesLeft -= kept.length;
    if (kept.length > 0) {
      this.#pieces.push(kept);
      this.#length += kept.length;
      if (this.#length >= pieceBytes || this.#isWithinRate()) this.flush();
    }
    return bytes.length;
  }

  #isWithinRate(): boolean {
    if (this.now() - this.#since > windowMs) {
      this.#since = this.now();
      this.#sent = 0;
    }
    this.#sent += 1;
    return this.#sent <= maxImmediateMessages;
  }

  /** Sends the buffered output. */
  flush(): void {
    if (this.#length === 0) return;
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    this.#length = 0;
    // A program may write more at once than fits into a message.
    for (let start = 0; start < all.length; start += maxPieceBytes) {
      this.send(this.#stream, all.subarray(start, start + maxPieceBytes));
    }
  }
}
