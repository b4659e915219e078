/** The messages between host and child. The child is not trusted: its messages are validated. */
import * as z from 'zod';
import { maxFiles, maxOmittedNames, maxShownNameLength, maxShownNames } from '../limits';

/** The body is the script of Python's realm. */
export interface StartMessage {
  type: 'start';
  /** The child ends itself when handling one message takes longer than this. */
  hardLimitMs: number;
}

export type HostMessage =
  /** A piece of a file that Pyodide loads, in the body. */
  | { type: 'asset'; name: string; bytes: number; at: number }
  /** All assets are sent: load Python. */
  | {
      type: 'load';
      /** `info` of Pyodide's lock file. */
      info: Record<string, string>;
      /** Modules that packages provide which are not installed yet. */
      importable: string[];
      outputBytes: number;
      diskBytes: number;
    }
  /** A piece of a file for `/mnt/data`, at offset `at`; `bytes` is the length of the whole file. */
  | { type: 'file'; name: string; bytes: number; at: number }
  /** Removes a file from `/mnt/data`. */
  | { type: 'remove'; name: string }
  /** Runs code. A figure is shown once in a turn. */
  | { type: 'run'; code: string; turn: string }
  /** Asks whether Python is still usable; answered by `probed`. */
  | { type: 'probe'; nonce: string }
  /** Answers `need`: `count` packages follow, each as `package` messages, or the error why there are none. */
  | { type: 'packages'; count: number; error?: string }
  | { type: 'package'; file: string; directory: 'site' | 'dynlib'; bytes: number; at: number };

const bytes = z.int().nonnegative();
const files = z.array(z.object({ name: z.string(), bytes, changed: z.boolean() })).max(maxFiles);

/** Messages of the child's own program. */
export const childMessage = z.discriminatedUnion('type', [
  /** The last message was handled; nothing is running. `residentBytes`: the memory of the process. */
  z.object({ type: z.literal('idle'), residentBytes: bytes }),
  /** The child refuses to run Python. */
  z.object({ type: z.literal('failed'), reason: z.string() }),
]);

/** Messages from Python's realm. */
export const realmMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('failed'), reason: z.string() }),
  /** Output of Python, in the body, UTF-8. */
  z.object({ type: z.literal('text'), stream: z.enum(['out', 'err']) }),
  /** A piece of a figure (PNG), in the body; `bytes` is its whole length. */
  z.object({ type: z.literal('figure'), bytes, at: bytes }),
  /** Python imports a module that a package provides; answered by `packages`. */
  z.object({ type: z.literal('need'), name: z.string().max(200) }),
  /** Whether Python is usable: false if earlier code broke it. */
  z.object({ type: z.literal('probed'), ok: z.boolean() }),
  /** The code failed in a way that Python could not report. */
  z.object({ type: z.literal('broken') }),
  /** The code has ended. Some of its files; `ended` follows. */
  z.object({ type: z.literal('listing'), files }),
  /** Lists the other files; the contents of changed ones follow. */
  z.object({
    type: z.literal('ended'),
    ok: z.boolean(),
    files,
    /** Number of files beyond the limit, and the names of the first of them. */
    omitted: bytes.optional(),
    omittedNames: z.array(z.string().max(200)).max(maxOmittedNames).optional(),
    /** Of the changed files, those with a picture that was shown already. */
    shown: z.array(z.string().max(maxShownNameLength)).max(maxShownNames).optional(),
  }),
  /** A piece of a changed file, in order. */
  z.object({ type: z.literal('file'), name: z.string(), at: bytes }),
]);

export type ChildMessage = z.infer<typeof childMessage>;
export type RealmMessage = z.infer<typeof realmMessage>;
