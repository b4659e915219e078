import { randomBytes } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export type IdPrefix =
  'asst' | 'thread' | 'msg' | 'run' | 'step' | 'call' | 'engine' | 'file' | 'vs' | 'vsfb';

/** An id as the hosted service made them: a prefix and 24 letters and digits. */
export function newId(prefix: IdPrefix): string {
  let id = prefix === 'file' ? 'file-' : `${prefix}_`;
  // The modulo's bias over 62 letters costs a fraction of a bit of 142.
  for (const byte of randomBytes(24)) id += alphabet[byte % alphabet.length];
  return id;
}

/** Seconds since the epoch, as every time of the API. */
export function unixTime(): number {
  return Math.floor(Date.now() / 1000);
}
