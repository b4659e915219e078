/**
 * All that crosses from the child's Node into the realm that Python lives in. Functions of the outer
 * realm take and give primitives, or fill byte arrays of the inner one; nothing else may cross, since
 * every other value would be a handle on the outer realm.
 */
export interface Bridge {
  /** Waits for the next message of the host; gives its header, JSON. */
  next: () => string;
  /** The length in bytes of the body of the message that `next` gave. */
  bodyLength: () => number;
  /** Copies that body, `into` being as long as it. */
  body: (into: Uint8Array) => void;
  /** Sends a message to the host: a header, JSON, and a body. */
  send: (header: string, body: Uint8Array | undefined) => void;
  /** Milliseconds since some point in the past. */
  now: () => number;
  sleep: (milliseconds: number) => void;
  random: (into: Uint8Array) => void;
  /**
   * `options`: the encoding, then `fatal` or nothing, then `keepBom` or nothing, separated by commas.
   * Undefined: the bytes are not of this encoding.
   */
  decode: (bytes: Uint8Array, options: string) => string | undefined;
  /** Gives how many bytes were written, `into` being long enough for all. */
  encode: (text: string, into: Uint8Array) => number;
}
