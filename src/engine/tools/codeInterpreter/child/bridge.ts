/**
 * The only interface between the child's Node (the outer realm) and the realm that runs Python.
 * Functions of the outer realm accept and return primitives, or fill byte arrays of the inner realm.
 * Nothing else may cross: any other value would give Python access to the outer realm.
 */
export interface Bridge {
  /** Blocks until the host's next message, and returns its header (JSON). */
  next: () => string;
  /** Length in bytes of the body of the message that `next` returned. */
  bodyLength: () => number;
  /** Copies that body into an array of `bodyLength` bytes. */
  body: (into: Uint8Array) => void;
  /** Sends a message to the host: a header (JSON) and an optional body. */
  send: (header: string, body: Uint8Array | undefined) => void;
  /** Milliseconds of a monotonic clock. */
  now: () => number;
  sleep: (milliseconds: number) => void;
  random: (into: Uint8Array) => void;
  /**
   * `options`: the encoding, `fatal` or nothing, `keepBom` or nothing, separated by commas.
   * Returns undefined if the bytes are not valid in that encoding.
   */
  decode: (bytes: Uint8Array, options: string) => string | undefined;
  /** Returns the number of bytes written; `into` must have room for all of them. */
  encode: (text: string, into: Uint8Array) => number;
}
