/** Assembles a PDF file from the source of its objects, and adds the cross-reference table. */
function pdf(objects: readonly string[], trailer = ''): Buffer {
  let file = '%PDF-1.7\n';
  const offsets = objects.map((object, i) => {
    const offset = file.length;
    file += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}`;
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${file.indexOf('xref\n0 ')}\n%%EOF`;
  return Buffer.from(file, 'latin1');
}

function stream(content: string, dictionary = ''): string {
  return `<< /Length ${content.length} ${dictionary} >>\nstream\n${content}\nendstream`;
}

/** Pages that share resources; `others` are the objects from number 3 on, for the resources to refer to. */
function pages(
  contents: readonly string[],
  resources: string,
  others: readonly string[],
  trailer = '',
): Buffer {
  const first = 3 + others.length;
  const kids = contents.map((_, i) => `${first + 2 * i} 0 R`).join(' ');
  return pdf(
    [
      '<< /Type /Catalog /Pages 2 0 R >>',
      `<< /Type /Pages /Kids [${kids}] /Count ${contents.length} >>`,
      ...others,
      ...contents.flatMap((content, i) => [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << ${resources} >> /Contents ${first + 2 * i + 1} 0 R >>`,
        stream(content),
      ]),
    ],
    trailer,
  );
}

function lines(text: string): string {
  const shown = text.split('\n').map((line) => `(${line.replace(/[()\\]/g, '\\$&')}) Tj T*`);
  return `BT /F1 12 Tf 14 TL 50 700 Td ${shown.join(' ')} ET`;
}

const helvetica = '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>';

/** Pages of Latin text, line by line. */
export function textPdf(texts: readonly string[], trailer = ''): Buffer {
  return pages(texts.map(lines), '/Font << /F1 3 0 R >>', [helvetica], trailer);
}

/** Chinese text in a font that is not embedded, as many programs write it. */
export function chinesePdf(text: string): Buffer {
  const codes = [...text].map((character) => character.charCodeAt(0).toString(16).padStart(4, '0')).join('');
  const font =
    '<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>';
  const descendant =
    '<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor 5 0 R >>';
  const descriptor =
    '<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 900 /Descent -100 /CapHeight 700 /StemV 80 >>';
  return pages([`BT /F1 12 Tf 50 700 Td <${codes}> Tj ET`], '/Font << /F1 3 0 R >>', [
    font,
    descendant,
    descriptor,
  ]);
}

/** Glyphs from left to right, each with the text it stands for; in points from the page's lower left corner. */
export interface DrawnText {
  glyphs: readonly string[];
  x: number;
  y: number;
  /** Turned counterclockwise. */
  angle?: 0 | 90 | 180 | 270;
}

/** A page on which these are drawn one after another, each glyph 6 points wide, in a font of 12 points. */
export function drawnPdf(drawn: readonly DrawnText[]): Buffer {
  const texts = [...new Set(drawn.flatMap(({ glyphs }) => glyphs))];
  const hex = (number: number) => number.toString(16).padStart(4, '0');
  const unicode = (text: string) => Buffer.from(text, 'utf16le').swap16().toString('hex');
  const show = ({ glyphs, x, y, angle = 0 }: DrawnText) => {
    const [cos, sin] = [
      Math.round(Math.cos((angle * Math.PI) / 180)),
      Math.round(Math.sin((angle * Math.PI) / 180)),
    ];
    const codes = glyphs.map((glyph) => hex(texts.indexOf(glyph) + 1)).join('');
    return `BT /F1 12 Tf ${cos} ${sin} ${-sin} ${cos} ${x} ${y} Tm <${codes}> Tj ET`;
  };
  const marks = texts.flatMap((text, i) => (/^\p{M}+$/u.test(text) ? `${i + 1} [0]` : []));
  const map = `/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def
1 begincodespacerange <0000> <ffff> endcodespacerange ${texts.length} beginbfchar
${texts.map((text, i) => `<${hex(i + 1)}> <${unicode(text)}>`).join('\n')}
endbfchar endcmap end end`;
  return pages([drawn.map(show).join('\n')], '/Font << /F1 3 0 R >>', [
    '<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /DescendantFonts [4 0 R] /ToUnicode 6 0 R >>',
    `<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor 5 0 R /DW 500 /W [${marks.join(' ')}] >>`,
    '<< /Type /FontDescriptor /FontName /A /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 900 /Descent -100 /CapHeight 700 /StemV 80 >>',
    stream(map),
  ]);
}

/** Where a text or an annotation is: the left and the lower edge, in points. */
type At = readonly [x: number, y: number];

/**
 * A page with lines of text, each at its place, and annotations: the source of their dictionaries without
 * `/Rect`, for which their width and height are given. Object 4 is an appearance.
 */
export function annotatedPdf(
  texts: readonly (readonly [string, ...At])[],
  annotations: readonly (readonly [source: string, ...place: At, width: number, height: number])[],
): Buffer {
  const shown = texts.map(([text, x, y]) => `1 0 0 1 ${x} ${y} Tm (${text.replace(/[()\\]/g, '\\$&')}) Tj`);
  const sources = annotations.map(
    ([source, x, y, width, height]) =>
      `<< /Type /Annot /F 4 /Rect [${x} ${y} ${x + width} ${y + height}] ${source} >>`,
  );
  const all = sources.map((_, i) => `${7 + i} 0 R`).join(' ');
  return pdf([
    `<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [${all}] /DA (/F1 12 Tf) /DR << /Font << /F1 3 0 R >> >> >> >>`,
    '<< /Type /Pages /Kids [5 0 R] /Count 1 >>',
    helvetica,
    stream('', '/Type /XObject /Subtype /Form /BBox [0 0 9 9]'),
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font << /F1 3 0 R >> >> /Contents 6 0 R /Annots [${all}] >>`,
    stream(`BT /F1 12 Tf ${shown.join(' ')} ET`),
    ...sources,
  ]);
}

/** A page that shows a picture and has no text. */
export function scannedPdf(): Buffer {
  const picture = stream(
    '\xff',
    '/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8',
  );
  return pages(['q 500 0 0 700 50 50 cm /Im1 Do Q'], '/XObject << /Im1 3 0 R >>', [picture]);
}

/** A file that can only be opened with a password. */
export function encryptedPdf(): Buffer {
  const key = '61'.repeat(32);
  const encrypt = `/Encrypt << /Filter /Standard /V 1 /R 2 /O <${key}> /U <${key}> /P -44 >> /ID [<00> <00>]`;
  return textPdf(['secret'], encrypt);
}
