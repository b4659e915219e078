/** What host and child say to each other. The child is not trusted: what it says is checked. */
import * as z from 'zod';

/** With Python's realm, a script, in its body. */
export interface StartMessage {
  type: 'start';
  /** After this long the child ends itself, whatever it does. */
  hardLimitMs: number;
}

export type HostMessage =
  /** One file that Pyodide loads, in the body. */
  | { type: 'asset'; name: string; bytes: number; at: number }
  /** All assets are there: load Python. */
  | {
      type: 'load';
      /** `info` of Pyodide's lock file. */
      info: Record<string, string>;
      /** Names that can be imported from packages which are not there yet. */
      importable: string[];
      outputBytes: number;
      diskBytes: number;
    }
  /** A piece of a file for `/mnt/data`; `bytes` is the file's whole length. */
  | { type: 'file'; name: string; bytes: number; at: number }
  | { type: 'run'; code: string }
  /** Answers `need`: packages follow, `count` of them, each as `package` messages; or why not. */
  | { type: 'packages'; count: number; error?: string }
  | { type: 'package'; file: string; directory: 'site' | 'dynlib'; bytes: number; at: number };

const bytes = z.int().nonnegative();

/** What the child's own program says. */
export const childMessage = z.discriminatedUnion('type', [
  /** The message before was handled; nothing runs. */
  z.object({ type: z.literal('idle') }),
  /** It refuses to run Python. */
  z.object({ type: z.literal('failed'), reason: z.string() }),
]);

/** What is said in Python's realm. */
export const realmMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('failed'), reason: z.string() }),
  /** Text that Python wrote, in the body, UTF-8. */
  z.object({ type: z.literal('text'), stream: z.enum(['out', 'err']) }),
  /** A piece of a figure, PNG. */
  z.object({ type: z.literal('figure'), bytes, at: bytes }),
  /** Python imports a name that a package offers. */
  z.object({ type: z.literal('need'), name: z.string().max(200) }),
  /** The code has ended. All files there are; those that changed follow. */
  z.object({
    type: z.literal('ended'),
    ok: z.boolean(),
    files: z.array(z.object({ name: z.string(), bytes, changed: z.boolean() })).max(10_000),
  }),
  /** A piece of a changed file, in order. */
  z.object({ type: z.literal('file'), name: z.string(), at: bytes }),
]);

export type ChildMessage = z.infer<typeof childMessage>;
export type RealmMessage = z.infer<typeof realmMessage>;
