import { unzipSync } from 'fflate';
import { UnreadablePartError } from './readErrors';

/** The names in a zip archive. Throws if it is damaged. */
export function zipNames(bytes: Uint8Array): string[] {
  const names: string[] = [];
  unzipSync(bytes, {
    filter({ name }) {
      names.push(name);
      return false;
    },
  });
  return names;
}

/**
 * Unpacks the files of a zip archive whose names match. Files never exceed their declared sizes, so it is
 * enough to check the sum of those. Throws UnreadablePartError if it exceeds `maxBytes`.
 */
export function unzip(bytes: Uint8Array, names: RegExp, maxBytes: number): Record<string, Uint8Array> {
  let sum = 0;
  return unzipSync(bytes, {
    filter({ name, originalSize }) {
      if (!names.test(name)) return false;
      sum += originalSize;
      if (sum <= maxBytes) return true;
      throw new UnreadablePartError(`is too large: unpacked, it is more than ${maxBytes / 1024 / 1024} MB.`);
    },
  });
}
/** The unpacked files of an archive. Their names are the same in upper and lower case. */
export class ZipParts {
  readonly #files: ReadonlyMap<string, Uint8Array>;

  constructor(files: Readonly<Record<string, Uint8Array>>) {
    this.#files = new Map(Object.entries(files).map(([name, bytes]) => [keyOf(name), bytes]));
  }

  get(path: string): Uint8Array | undefined {
    return this.#files.get(keyOf(path));
  }
}

/** The path of a file that the file in `folder` refers to, in percent-encoding or not. */
export function partPath(target: string, folder: string): string | undefined {
  const url = URL.parse(target.replaceAll('\\', '/'), `file:///${folder}`);
  return url?.pathname.slice(1);
}

function keyOf(path: string): string {
  const name = path.replaceAll('\\', '/').toLowerCase();
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
