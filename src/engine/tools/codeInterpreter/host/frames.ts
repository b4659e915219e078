/**
 * The framing of messages between host and child, in both directions: one byte for the sender, the
 * lengths of header and body (32 bits each, little-endian), the header (JSON), the body (bytes).
 */
import { Buffer } from 'node:buffer';
import { maxHeaderBytes, maxPieceBytes } from '../limits';

/** The first byte of a frame. Code in Python's realm can send only `realm` frames. */
export const sentBy = { host: 0, child: 1, realm: 2 } as const;

export const frameHeadBytes = 9;

export interface FrameHead {
  sender: number;
  headerBytes: number;
  bodyBytes: number;
}

export interface Frame {
  sender: number;
  header: string;
  body: Uint8Array;
}

export function packHead(sender: number, headerBytes: number, bodyBytes: number): Buffer {
  const head = Buffer.alloc(frameHeadBytes);
  head.writeUInt8(sender, 0);
  head.writeUInt32LE(headerBytes, 1);
  head.writeUInt32LE(bodyBytes, 5);
  return head;
}

export function readHead(head: Buffer): FrameHead {
  return {
    sender: head.readUInt8(0),
    headerBytes: head.readUInt32LE(1),
    bodyBytes: head.readUInt32LE(5),
  };
}

/** Assembles frames from a stream's chunks. Throws on a frame that is too large, before buffering it. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;
  #head: FrameHead | undefined;

  /** Yields the frames that this chunk completes. */
  *add(chunk: Buffer): Generator<Frame> {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    for (let frame = this.#readFrame(); frame; frame = this.#readFrame()) yield frame;
  }

  #readFrame(): Frame | undefined {
    if (!this.#head) {
      if (this.#length < frameHeadBytes) return undefined;
      this.#head = readHead(this.#consume(frameHeadBytes));
      const { headerBytes, bodyBytes } = this.#head;
      if (headerBytes > maxHeaderBytes || bodyBytes > maxPieceBytes) {
        throw new Error(`A message of ${headerBytes} + ${bodyBytes} bytes is too large.`);
      }
    }
    const { sender, headerBytes, bodyBytes } = this.#head;
    if (this.#length < headerBytes + bodyBytes) return undefined;
    this.#head = undefined;
    return { sender, header: this.#consume(headerBytes).toString(), body: this.#consume(bodyBytes) };
  }

  #consume(length: number): Buffer {
    const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    const rest = all.subarray(length);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
    return all.subarray(0, length);
  }
}
