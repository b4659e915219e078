/** The child's end of the channel: synchronous reads and writes of standard input and output. */
import { Buffer } from 'node:buffer';
import { readSync, writeSync } from 'node:fs';
import * as process from 'node:process';
import { frameHeadBytes, packHead, readHead } from '../host/frames';

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the thread: no other code runs meanwhile. */
export function sleep(milliseconds: number): void {
  Atomics.wait(pause, 0, 0, milliseconds);
}

export function exit(): never {
  return process.exit(0);
}

export interface Received {
  header: string;
  body: Buffer;
}

/** Blocks until the host's next message; ends the process when the host has closed the channel. */
export function receive(): Received {
  const { headerBytes, bodyBytes } = readHead(read(frameHeadBytes));
  return { header: read(headerBytes).toString(), body: read(bodyBytes) };
}

export function send(sender: number, header: Uint8Array, body?: Uint8Array): void {
  write(Buffer.concat([packHead(sender, header.length, body?.length ?? 0), header, body ?? Buffer.alloc(0)]));
}

function read(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length;) {
    const count = retryWhenBusy(() => readSync(0, bytes, at, length - at, null));
    if (count === 0) exit();
    at += count;
  }
  return bytes;
}

function write(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    at += retryWhenBusy(() => writeSync(1, bytes, at, bytes.length - at));
  }
}

/** Retries on EAGAIN: the pipe may be in non-blocking mode, which cannot be queried. */
function retryWhenBusy(work: () => number): number {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') exit();
      sleep(1);
    }
  }
}
