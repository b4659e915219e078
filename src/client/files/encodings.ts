import { codePages, decodeCodePage } from '../../engine/tools/fileSearch/reader/text/codePages';

export interface TextEncoding {
  /** As the attribute `encoding` of a vector store's file names it. */
  label: string;
  name: string;
}

/** The encodings to choose from, with the names that VS Code gives them. */
export const textEncodings: readonly TextEncoding[] = [
  { label: 'utf-8', name: 'UTF-8' },
  { label: 'utf-16le', name: 'UTF-16 LE' },
  { label: 'utf-16be', name: 'UTF-16 BE' },
  { label: 'windows-1252', name: 'Western (Windows 1252)' },
  { label: 'macintosh', name: 'Western (Mac Roman)' },
  { label: 'cp437', name: 'DOS (CP 437)' },
  { label: 'cp850', name: 'Western European DOS (CP 850)' },
  { label: 'gb18030', name: 'Simplified Chinese (GB18030, GBK)' },
  { label: 'big5', name: 'Traditional Chinese (Big5)' },
  { label: 'shift_jis', name: 'Japanese (Shift JIS)' },
  { label: 'euc-jp', name: 'Japanese (EUC-JP)' },
  { label: 'iso-2022-jp', name: 'Japanese (ISO-2022-JP)' },
  { label: 'euc-kr', name: 'Korean (EUC-KR)' },
  { label: 'windows-1250', name: 'Central European (Windows 1250)' },
  { label: 'iso-8859-2', name: 'Central European (ISO 8859-2)' },
  { label: 'windows-1251', name: 'Cyrillic (Windows 1251)' },
  { label: 'koi8-r', name: 'Cyrillic (KOI8-R)' },
  { label: 'ibm866', name: 'Cyrillic (CP 866)' },
  { label: 'windows-1253', name: 'Greek (Windows 1253)' },
  { label: 'windows-1254', name: 'Turkish (Windows 1254)' },
  { label: 'windows-1255', name: 'Hebrew (Windows 1255)' },
  { label: 'windows-1256', name: 'Arabic (Windows 1256)' },
  { label: 'windows-1257', name: 'Baltic (Windows 1257)' },
  { label: 'windows-1258', name: 'Vietnamese (Windows 1258)' },
  { label: 'windows-874', name: 'Thai (Windows 874)' },
];

/** Maximum number of characters of a preview. */
const maxPreview = 80;

/** The first line of a text with characters beyond ASCII, else its first line, in an encoding. */
export function previewIn(label: string, head: Uint8Array): string {
  const text = label in codePages ? decodeCodePage(label, head) : new TextDecoder(label).decode(head);
  const lines = text.split(/[\r\n\0]+/).filter((line) => line.trim() !== '');

  const line = lines.find((one) => /[^\0-\x7f]/.test(one)) ?? lines[0] ?? '';
  // eslint-disable-next-line no-control-regex -- characters that a list cannot show
  const shown = line.replace(/[\0-\x1f\x7f-\x9f]+/g, ' ').trim();
  // The characters that differ may be far from the start of a long line.
  const start = Math.max(0, shown.search(/[^ -~]/) - maxPreview / 4);
  const cut = shown.slice(start, start + maxPreview);
  return (start > 0 ? '…' : '') + cut + (start + maxPreview < shown.length ? '…' : '');
}
