import { randomBytes } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export type IdPrefix =
  | 'asst'
  | 'asstver'
  | 'thread'
  | 'msg'
  | 'run'
  | 'step'
  | 'call'
  | 'engine'
  | 'file'
  | 'vs'
  | 'vsfb'
  | 'mreq'
  | 'session';

/** A random id in the hosted service's form: a prefix and 24 letters and digits. */
export function newId(prefix: IdPrefix): string {
  let id = prefix === 'file' ? 'file-' : `${prefix}_`;
  // The modulo bias over 62 characters costs a fraction of one of 142 bits.
  for (const byte of randomBytes(24)) id += alphabet[byte % alphabet.length];
  return id;
}

/** The current time in seconds since the epoch, the unit of every time in the API. */
export function unixTime(): number {
  return Math.floor(Date.now() / 1000);
}
