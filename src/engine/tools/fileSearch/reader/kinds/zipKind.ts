import type { KindOrReason } from '../fileKind';
import { unzip, zipNames } from '../zip';

const mimetypes: readonly [RegExp, KindOrReason][] = [
  [/^application\/epub\+zip/, { kind: 'epub' }],
  [/^application\/vnd\.(oasis\.opendocument|sun\.xml)\./, { kind: 'openDocument' }],
];

/** The kind of a zip archive, or why it cannot be read: most formats of documents are such archives. */
export function zipKind(bytes: Uint8Array, extension: string): KindOrReason {
  try {
    const names = zipNames(bytes);
    const { mimetype } = unzip(bytes, /^mimetype$/, 1_000);
    const declared = new TextDecoder().decode(mimetype).trim();
    const known = mimetypes.find(([pattern]) => pattern.test(declared))?.[1];
    if (known) return known;
    const has = (pattern: RegExp) => names.some((name) => pattern.test(name));
    if (has(/^META-INF\/container\.xml$/i) && has(/\.opf$/i)) return { kind: 'epub' };
    if (has(/^(word|ppt|xl)[\\/]|^_rels[\\/]\.rels$/i)) return { kind: 'office' };
    if (has(/^content\.xml$/) && has(/^META-INF\/manifest\.xml$/)) return { kind: 'openDocument' };
    if (has(/^Index[\\/].*\.iwa$|^Index\.zip$|^index\.(xml|apxl)(\.gz)?$/)) return appleDocument(extension);
    return { code: 'invalid_file', reason: 'is an archive: add the files in it one by one.' };
  } catch (error) {
    return {
      code: 'invalid_file',
      reason: `is damaged: it cannot be unpacked (${(error as Error).message}).`,
    };
  }
}

function appleDocument(extension: string): KindOrReason {
  const [what, format] = appleFormats[extension] ?? [
    'a Pages, Numbers or Keynote document',
    'a Word, Excel, PowerPoint or PDF file',
  ];
  return { code: 'unsupported_file', reason: `is ${what}, which cannot be read: export it as ${format}.` };
}

const appleFormats: Readonly<Record<string, readonly [what: string, format: string]>> = {
  '.pages': ['a Pages document', 'a Word or PDF file'],
  '.numbers': ['a Numbers spreadsheet', 'an Excel file'],
  '.key': ['a Keynote presentation', 'a PowerPoint or PDF file'],
};
