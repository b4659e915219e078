import { accessSync, constants, statSync } from 'node:fs';

/** What keeps a store from being used. */
export type StoreErrorKind = 'newer' | 'damaged' | 'full' | 'readonly' | 'busy' | 'unusable';

/** The data folder cannot be used; the message names it, and says why and what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  constructor(
    message: string,
    readonly kind: StoreErrorKind,
    /** The file or folder that the problem is with. */
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * What an error of SQLite or of the file system says of the disk, in words for people; undefined where
 * it says nothing of it. `file` is the database or the folder that was used.
 */
export function storeErrorOf(error: unknown, file: string): StoreError | undefined {
  const kind = kindOf(error);
  if (!kind) return undefined;
  return new StoreError(messages[kind](file, reasonOf(error)), kind, file, { cause: error });
}

/** Whether an error is the database's own, of whatever kind. */
export function isDatabaseError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}

/** The fault that kept a database from being opened. */
export function openError(error: unknown, file: string, folder: string): StoreError {
  const known = storeErrorOf(error, file);
  if (known && known.kind !== 'readonly') return known;
  // SQLite says «unable to open database file» of much, and of a database what is true of its folder.
  if (!isWritable(folder))
    return new StoreError(messages.readonly(folder, ''), 'readonly', folder, { cause: error });
  if (known) return known;
  return new StoreError(messages.unusable(file, reasonOf(error)), 'unusable', file, { cause: error });
}

type DiskErrorKind = Exclude<StoreErrorKind, 'newer'>;

const messages: Record<DiskErrorKind, (path: string, reason: string) => string> = {
  damaged: (path, reason) =>
    `The database ${path} is damaged (${reason}). It was left as it is. Put a copy of it back, or move it away, ` +
    `with the files ${path}-wal and ${path}-shm if there are any, to start afresh.`,
  full: (path) => `There is no room left on the disk of ${path}. Make room on it, and try again.`,
  readonly: (path) => `${path} cannot be written to. Allow writing to it, and try again.`,
  busy: (path) => `${path} is being written to by another window for too long. Try again.`,
  unusable: (path, reason) => `${path} could not be used: ${reason}.`,
};

/** The primary result codes of SQLite that speak of the disk. */
const sqliteErrors: Readonly<Record<number, DiskErrorKind>> = {
  5: 'busy',
  8: 'readonly',
  10: 'unusable',
  11: 'damaged',
  13: 'full',
  26: 'damaged',
};

const fileErrors: Readonly<Record<string, DiskErrorKind>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EROFS: 'readonly',
  EACCES: 'readonly',
  EPERM: 'readonly',
  EIO: 'unusable',
  EMFILE: 'unusable',
  ENFILE: 'unusable',
};

function kindOf(error: unknown): DiskErrorKind | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  // The extended result code has the primary one in its lowest byte.
  if (code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number') return sqliteErrors[errcode & 0xff];
  return typeof code === 'string' ? fileErrors[code] : undefined;
}

function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return reason.replace(/\s+/g, ' ').replace(/[.\s]+$/, '');
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return (statSync(folder).mode & 0o222) !== 0;
  } catch {
    return false;
  }
}
