import { burn, type Entry } from '@kenjiuno/msgreader/lib/Burner';

/** A property of an Outlook message: its id, and its text, in Unicode or in a code page. */
interface Property {
  id: string;
  value: string | Uint8Array;
}

export interface OutlookFolder {
  properties: readonly Property[];
  /** Numbers, by the tags of their properties. */
  numbers?: Record<number, number>;
  folders?: Record<string, OutlookFolder>;
}

/** An Outlook message. */
export function outlookMessage(root: OutlookFolder): Uint8Array {
  const entries: Entry[] = [{ name: 'Root Entry', type: 5, length: 0, children: [] }];
  const add = (parent: number, entry: Entry): number => {
    entries[parent]!.children!.push(entries.length);
    return entries.push(entry) - 1;
  };
  const addFile = (parent: number, name: string, bytes: Uint8Array) =>
    // Its own copy: the writer takes the whole of its buffer.
    add(parent, { name, type: 2, length: bytes.length, binaryProvider: () => new Uint8Array(bytes) });
  const fill = (
    index: number,
    { properties, numbers = {}, folders = {} }: OutlookFolder,
    headerBytes: number,
  ) => {
    const table = Buffer.alloc(headerBytes + Object.keys(numbers).length * 16);
    Object.entries(numbers).forEach(([tag, value], i) => {
      table.writeUInt32LE(Number(tag), headerBytes + i * 16);
      table.writeUInt32LE(value, headerBytes + i * 16 + 8);
    });
    addFile(index, '__properties_version1.0', table);
    for (const { id, value } of properties) {
      const isText = typeof value === 'string';
      const type = isText ? '001F' : id.length > 4 ? '' : '001E';
      addFile(index, `__substg1.0_${id}${type}`, isText ? Buffer.from(value, 'utf16le') : value);
    }
    for (const [name, folder] of Object.entries(folders)) {
      const isMessage = name.endsWith('000D');
      fill(add(index, { name, type: 1, length: 0, children: [] }), folder, isMessage ? 24 : 8);
    }
  };
  fill(0, root, 32);
  return burn(entries);
}
