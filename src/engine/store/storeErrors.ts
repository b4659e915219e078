import { accessSync, constants, statSync } from 'node:fs';

/** Why a store cannot be used. */
export type StoreErrorKind =
  'newer' | 'damaged' | 'full' | 'readonly' | 'busy' | 'lost' | 'shared' | 'unusable';

/** The data folder cannot be used. The message is for the user: it names the file or folder, the reason and what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  constructor(
    message: string,
    readonly kind: StoreErrorKind,
    /** The affected file or folder. */
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * The StoreError for an error of SQLite or the file system that is about the disk; undefined for any other
 * error. `file` is the database or folder in use.
 */
export function storeErrorOf(error: unknown, file: string): StoreError | undefined {
  const kind = kindOf(error);
  if (!kind) return undefined;
  return new StoreError(messages[kind](file, reasonOf(error)), kind, file, { cause: error });
}

/** Whether SQLite threw the error, for whatever reason. */
export function isDatabaseError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}

/** The StoreError for a database that another program has locked. */
export function busyError(file: string): StoreError {
  return new StoreError(messages.busy(file, ''), 'busy', file);
}

/** The StoreError for a database whose file was removed or replaced. */
export function lostError(file: string): StoreError {
  const message =
    `The database ${file} was moved, deleted or replaced while it was open, so that nothing can be stored. ` +
    'Put it back, or restart Assistants Studio or the server to use what is there now.';
  return new StoreError(message, 'lost', file);
}

/** The StoreError for a data folder on a network that another computer writes to. */
export function sharedError(folder: string, fileSystem: string, owner: string): StoreError {
  const message =
    `The data folder ${folder} is on a network file system (${fileSystem}), and the computer ${owner} is using it. ` +
    'Two computers cannot write to one database, so it can only be read here. Close Assistants Studio there, ' +
    'and reload this window or restart the server.';
  return new StoreError(message, 'shared', folder);
}

/** The StoreError for a failure to open a database. */
export function openError(error: unknown, file: string, folder: string): StoreError {
  const known = storeErrorOf(error, file);
  if (known && known.kind !== 'readonly') return known;
  const reason = wrongPath(error);
  if (reason) {
    const path = isFolder(folder) ? file : folder;
    return new StoreError(messages.unusable(path, reason), 'unusable', path, { cause: error });
  }
  // SQLite's “unable to open database file” has many causes, and it blames the database for a read-only folder.
  if (!isWritable(folder))
    return new StoreError(messages.readonly(folder, ''), 'readonly', folder, { cause: error });
  if (known) return known;
  return new StoreError(messages.unusable(file, reasonOf(error)), 'unusable', file, { cause: error });
}

type DiskErrorKind = Exclude<StoreErrorKind, 'newer' | 'lost' | 'shared'>;

const messages: Record<DiskErrorKind, (path: string, reason: string) => string> = {
  damaged: (path, reason) =>
    `The database ${path} is damaged (${reason}). It was left unchanged. Restore a copy of it, or move it away, ` +
    `with ${path}-wal and ${path}-shm if they exist, to start fresh.`,
  full: (path) => `There is no space left on the disk of ${path}. Free up some space and try again.`,
  readonly: (path) => `${path} cannot be written to. Allow writing to it and try again.`,
  busy: (path) => `${path} has been locked by another window or program for too long. Try again.`,
  unusable: (path, reason) => `${path} could not be used: ${reason}.`,
};

/** SQLite's primary result codes that are about the disk or the file. */
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

/** Why a path cannot be that of a folder; undefined if it can. */
function wrongPath(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'it, or a part of its path, is a file and not a folder';
  return code === 'ENAMETOOLONG' ? 'its path is too long' : undefined;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return (statSync(folder).mode & 0o222) !== 0;
  } catch {
    return false;
  }
}
