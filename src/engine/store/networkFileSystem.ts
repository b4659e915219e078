import { spawnSync } from 'node:child_process';
import { realpathSync, statfsSync } from 'node:fs';

/** Names the network file system that a folder is on; undefined for a local one. */
export type NetworkFileSystemOf = (folder: string) => string | undefined;

/** File systems that several computers can use at once, by the numbers that statfs(2) of Linux has for them. */
const linuxTypes: Readonly<Record<number, string>> = {
  0x6969: 'NFS',
  0x517b: 'SMB',
  0xff534d42: 'CIFS',
  0xfe534d42: 'SMB',
  0x01021997: '9P',
  0x5346414f: 'AFS',
  0x6b414653: 'AFS',
  0x00c36400: 'Ceph',
  0x0bd00bd0: 'Lustre',
  0x47504653: 'GPFS',
  0x65735546: 'FUSE',
};

/** The same by the names that mount(8) of macOS has for them; the numbers there differ between computers. */
const macTypes: Readonly<Record<string, string>> = {
  nfs: 'NFS',
  smbfs: 'SMB',
  cifs: 'CIFS',
  afpfs: 'AFP',
  webdav: 'WebDAV',
  ftp: 'FTP',
  acfs: 'Xsan',
  macfuse: 'FUSE',
  osxfuse: 'FUSE',
};

/** What is asked of the operating system. */
export interface FileSystemQueries {
  platform: NodeJS.Platform;
  /** The type of the file system of a folder, from statfs(2). */
  typeOf: (folder: string) => number;
  /** The real path of a folder: on Windows, that of a mapped drive is the share's. */
  realPathOf: (folder: string) => string;
  /** What mount(8) prints. */
  mounts: () => string;
}

/** Recognises network file systems on Linux, macOS and Windows, mapped drives included. */
export const networkFileSystemOf: NetworkFileSystemOf = (folder) =>
  networkFileSystem(folder, {
    platform: process.platform,
    typeOf: (path) => statfsSync(path).type >>> 0,
    realPathOf: (path) => realpathSync.native(path),
    // Prints what the kernel knows, and asks no server: a few milliseconds.
    mounts: () => spawnSync('/sbin/mount', { encoding: 'utf8', timeout: 1_000 }).stdout,
  });

/** The same for the given operating system. */
export function networkFileSystem(folder: string, system: FileSystemQueries): string | undefined {
  switch (system.platform) {
    case 'linux':
      return linuxTypes[system.typeOf(folder)];
    case 'win32':
      return isShare(folder) || isShare(realPath(folder, system)) ? 'a network share' : undefined;
    case 'darwin':
      return macTypes[typeOfMount(realPath(folder, system), system.mounts()) ?? ''];
    default:
      return undefined;
  }
}

/** `\\server\share`, also as `\\?\UNC\server\share`; `\\?\C:\…` and `\\.\…` are of this computer. */
function isShare(path: string): boolean {
  return /^\\\\(?:\?\\UNC\\|(?![?.]\\))/i.test(path.replaceAll('/', '\\'));
}

function realPath(folder: string, { realPathOf }: FileSystemQueries): string {
  try {
    return realPathOf(folder);
  } catch {
    return folder;
  }
}

/** The type of the mount that a path is below: `//me@server/share on /Volumes/share (smbfs, nodev)`. */
function typeOfMount(path: string, mounts: string): string | undefined {
  let longest = '';
  let type: string | undefined;
  for (const [, point = '', name] of mounts.matchAll(/^.* on (\/.*) \(([^,)]+)[^()]*\)$/gm)) {
    const isAbove = point === '/' || path === point || path.startsWith(`${point}/`);
    if (isAbove && point.length > longest.length) [longest, type] = [point, name];
  }
  return type;
}
