/** The outer half of the bridge. Arguments come from the sandboxed realm: do not trust their types. */
import { Buffer } from 'node:buffer';
import { randomFillSync } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { TextDecoder } from 'node:util';
import { sentBy } from '../host/frames';
import { maxHeaderBytes, maxPieceBytes } from '../limits';
import type { Bridge } from './bridge';
import { receive, send, sleep, type Received } from './channel';

// The original accessors: sandboxed code may have overridden the array's own properties.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const { value: copyInto } = Object.getOwnPropertyDescriptor(typedArray, 'set') as {
  value: (this: Uint8Array, from: Uint8Array) => void;
};
const { get: lengthOf } = Object.getOwnPropertyDescriptor(typedArray, 'byteLength') as {
  get: (this: Uint8Array) => number;
};

const maxDecoders = 32;
const maxSleepMs = 3_600_000;

/** Returns the bridge; `expect` sets the message that the following call of `next` returns. */
export function createBridge(): Bridge & { expect(message: Received): void } {
  let expected: Received | undefined;
  let body: Buffer = Buffer.alloc(0);
  const decoders = new Map<string, TextDecoder>();
  const start = performance.now();
  return {
    expect: (message) => {
      expected = message;
    },
    next: () => {
      const message = expected ?? receive();
      expected = undefined;
      body = message.body;
      return message.header;
    },
    bodyLength: () => body.length,
    body: (into) => fill(into, body),
    send: (header, bytes) => {
      if (typeof header !== 'string' || header.length > maxHeaderBytes) return;
      const copy = bytes === undefined ? undefined : copyOf(bytes);
      if (copy && copy.length > maxPieceBytes) return;
      send(sentBy.realm, Buffer.from(header), copy);
    },
    now: () => performance.now() - start,
    sleep: (milliseconds) => {
      if (typeof milliseconds === 'number') sleep(Math.min(Math.max(milliseconds, 0), maxSleepMs));
    },
    random: (into) => fill(into, randomFillSync(Buffer.alloc(byteLength(into)))),
    decode: (bytes, options) => {
      if (typeof options !== 'string') return undefined;
      try {
        let decoder = decoders.get(options);
        if (!decoder) {
          decoder = createDecoder(options);
          // Python can invent options without end.
          if (decoders.size === maxDecoders) decoders.clear();
          decoders.set(options, decoder);
        }
        return decoder.decode(copyOf(bytes));
      } catch {
        return undefined;
      }
    },
    encode: (text, into) => {
      if (typeof text !== 'string') return 0;
      const bytes = Buffer.from(text);
      fill(into, bytes);
      return bytes.length;
    },
  };
}

function createDecoder(options: string): TextDecoder {
  const [encoding, fatal, keepBom] = options.split(',');
  return new TextDecoder(encoding, { fatal: fatal === 'fatal', ignoreBOM: keepBom === 'keepBom' });
}

function byteLength(bytes: Uint8Array): number {
  return lengthOf.call(bytes);
}

function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(byteLength(bytes));
  copyInto.call(copy, bytes);
  return copy;
}

function fill(into: Uint8Array, bytes: Uint8Array): void {
  copyInto.call(into, bytes);
}
