/** The kinds of objects that are exported and imported, by the API's `object`, in the order of an import. */
export const kinds = [
  'assistant',
  'file',
  'vector_store',
  'vector_store.file',
  'thread',
  'thread.run',
  'thread.message',
  'thread.run.step',
] as const;

export type Kind = (typeof kinds)[number];

/** The files of an export that each kind has. */
export const resources: Readonly<Record<Kind, string>> = {
  assistant: 'assistants',
  file: 'files',
  vector_store: 'vector_stores',
  'vector_store.file': 'vector_store_files',
  thread: 'threads',
  'thread.run': 'runs',
  'thread.message': 'messages',
  'thread.run.step': 'run_steps',
};

/** The file of an export that describes it. */
export const manifestName = 'assistants-studio-export.json';
export const formatName = 'assistants-studio-export';
export const formatVersion = 1;

/** An object whose fields are not known. */
export type Fields = Record<string, unknown>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Something to import. */
export type ImportItem =
  /** Objects in the order of an import; a thread is followed by all that belongs to it. */
  | { type: 'objects'; label: string; objects: AsyncIterable<Fields> | Iterable<Fields> }
  /** A file; `open` is undefined if there is no content, which `reason` explains. */
  | { type: 'file'; object: Fields; open?: () => Promise<AsyncIterable<Uint8Array>>; reason?: ProblemReason }
  /** Something that cannot be imported. */
  | { type: 'problem'; problem: Problem }
  /** An object that is there already. */
  | { type: 'known'; object: Kind };

/** Why something was not imported, for those reasons that are not the engine's own words. */
export type ProblemReason =
  | 'tooLarge'
  | 'tooDeep'
  | 'notJson'
  | 'unknownKind'
  | 'noThread'
  | 'noContent'
  | 'notDownloadable'
  | 'unsafeName'
  | 'compressedTooFar'
  | 'tooManyBranches'
  | 'partNotShown'
  | 'notOffered'
  | 'threadsNotListed';

/** Something that was not imported. */
export interface Problem {
  /** The kind of object, or the name of a file. */
  object: string;
  id: string | null;
  threadId?: string;
  reason: ProblemReason | { text: string };
}

/** What is to be imported, in an order in which everything follows what it refers to. */
export interface ImportReader {
  /** Where it comes from: ids are distinct within it. */
  source: string;
  /** The number of items, if it is known. */
  total?: number;
  items: () => AsyncIterable<ImportItem>;
}
