import type { ReadDocument } from '../searchTypes';
import { UnreadablePartError } from './readErrors';
import type { ReadLimits } from './readerMessages';
import { decodeText } from './text/encoding';
import { htmlText } from './text/html';
import { TextWriter } from './textWriter';
import { attribute, readXml } from './xml';
import { partPath, unzip, ZipParts } from './zip';

const copyProtected = 'is protected against copying (DRM), which keeps it from being read.';

/** The text of a book: its title and authors, then its chapters in reading order. */
export function readEpub(bytes: Uint8Array, limits: ReadLimits): ReadDocument {
  const parts = new ZipParts(unzip(bytes, /\.(x?html?|xml|opf)$|^mimetype$/i, limits.unpackedBytes));
  const path = packagePath(parts.get('META-INF/container.xml'));
  const book = path === undefined ? undefined : parts.get(path);
  if (path === undefined || !book)
    throw new UnreadablePartError('is damaged: its list of chapters is missing.');
  const { title, authors, chapters } = readPackage(book, path);
  const locked = encryptedPaths(parts.get('META-INF/encryption.xml'));
  const out = new TextWriter(limits.characters);
  if (title) out.write(`${title}\n`);
  if (authors.length > 0) out.write(`${authors.join(', ')}\n`);
  let found = 0;
  for (const chapter of chapters) {
    if (locked.has(chapter)) throw new UnreadablePartError(copyProtected);
    const content = parts.get(chapter);
    if (!content) continue;
    found++;
    out.line({ blank: true });
    out.write(htmlText(decodeText(content), limits.characters).trim());
    out.line({ blank: true });
  }
  if (found === 0) throw new UnreadablePartError('is damaged: its chapters are missing.');
  return out.document();
}

/** The path of the file that lists a book's parts. */
function packagePath(container: Uint8Array | undefined): string | undefined {
  let path: string | undefined;
  readXml(container, {
    open(name, attributes) {
      if (name === 'rootfile') path ??= attribute(attributes, 'full-path');
    },
  });
  return path === undefined ? undefined : partPath(path, '');
}

interface Book {
  title: string;
  authors: string[];
  /** The paths of the chapters. */
  chapters: string[];
}

function readPackage(bytes: Uint8Array, path: string): Book {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const items = new Map<string, { path: string; isPage: boolean }>();
  const spine: string[] = [];
  const texts: Record<string, string[]> = { title: [], creator: [] };
  let text: string[] | undefined;
  readXml(bytes, {
    open(name, attributes) {
      const href = attribute(attributes, 'href');
      const target = href === undefined ? undefined : partPath(href, folder);
      const id = attribute(attributes, 'id') ?? '';
      if (name === 'item' && target !== undefined) {
        items.set(id, { path: target, isPage: /html/i.test(attribute(attributes, 'media-type') ?? '') });
      } else if (name === 'itemref') spine.push(attribute(attributes, 'idref') ?? '');
      else if (name in texts) (text = texts[name]!).push('');
    },
    text(piece) {
      if (text) text[text.length - 1] += piece;
    },
    close(name) {
      if (name in texts) text = undefined;
    },
  });
  const listed = spine.flatMap((id) => items.get(id) ?? []).filter(({ isPage }) => isPage);
  const pages = listed.length > 0 ? listed : [...items.values()].filter(({ isPage }) => isPage);
  const clean = (words: readonly string[]) => words.map((word) => word.trim()).filter((word) => word !== '');
  return {
    title: clean(texts['title']!)[0] ?? '',
    authors: clean(texts['creator']!),
    chapters: [...new Set(pages.map((page) => page.path))],
  };
}

/** The paths of the files that are encrypted; fonts often are, without a copy protection. */
function encryptedPaths(bytes: Uint8Array | undefined): Set<string> {
  const paths = new Set<string>();
  readXml(bytes, {
    open(name, attributes) {
      const path = name === 'CipherReference' ? partPath(attribute(attributes, 'URI') ?? '', '') : undefined;
      if (path !== undefined) paths.add(path);
    },
  });
  return paths;
}
