import { strToU8, zipSync } from 'fflate';

/** A zip archive of XML files. */
export function archive(files: Record<string, string>): Buffer {
  const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
  return Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([name, xml]) => [name, strToU8(head + xml)]))),
  );
}

const kinds = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

function relations(targets: readonly { type: string; target: string }[]): string {
  const all = targets.map(
    ({ type, target }, i) => `<Relationship Id="rId${i + 1}" Type="${kinds}/${type}" Target="${target}"/>`,
  );
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${all.join('')}</Relationships>`;
}

export interface Part {
  /** Its name inside the folder of the main part. */
  name: string;
  xml: string;
  /** The type by which the main part refers to it, by the id `rId1` for the first part and so on. */
  type: string;
}

export interface Link {
  type: 'hyperlink';
  url: string;
}

/** An Office file of a main part and parts that it refers to; the file's relationships name the main part. */
export function officeFile(
  main: string,
  xml: string,
  parts: readonly (Part | Link)[] = [],
  rename = (name: string) => name,
): Buffer {
  const slash = main.lastIndexOf('/') + 1;
  const folder = main.slice(0, slash);
  const references = parts.map((part, i) =>
    'url' in part
      ? `<Relationship Id="rId${i + 1}" Type="${kinds}/${part.type}" Target="${part.url}" TargetMode="External"/>`
      : `<Relationship Id="rId${i + 1}" Type="${kinds}/${part.type}" Target="${part.name}"/>`,
  );
  const files: Record<string, string> = {
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': relations([{ type: 'officeDocument', target: main }]),
    [main]: xml,
    [`${folder}_rels/${main.slice(slash)}.rels`]: `<Relationships>${references.join('')}</Relationships>`,
  };
  for (const part of parts) if ('name' in part) files[folder + part.name] = part.xml;
  return archive(Object.fromEntries(Object.entries(files).map(([name, text]) => [rename(name), text])));
}

/** A Word document with this body; `footnotes` are the paragraphs of its notes. */
export function docx(body: string, footnotes?: string): Buffer {
  const word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';
  return archive({
    '[Content_Types].xml': '<Types/>',
    'word/document.xml': `<w:document ${word}><w:body>${body}</w:body></w:document>`,
    'word/_rels/document.xml.rels': relations([{ type: 'footnotes', target: 'footnotes.xml' }]),
    ...(footnotes !== undefined && {
      'word/footnotes.xml': `<w:footnotes ${word}><w:footnote>${footnotes}</w:footnote></w:footnotes>`,
    }),
  });
}

/** A paragraph of a Word document. */
export function paragraph(text: string, style?: string): string {
  const properties = style ? `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>` : '';
  return `<w:p>${properties}<w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;
}

export interface Slide {
  paragraphs: readonly string[];
  notes?: string;
}

/** A presentation whose slide files are numbered in reverse order. */
export function pptx(slides: readonly Slide[]): Buffer {
  const shape = (paragraphs: readonly string[]) =>
    `<p:sld xmlns:p="p" xmlns:a="a"><p:sp><p:txBody>${paragraphs
      .map((text) => `<a:p><a:r><a:t>${text}</a:t></a:r></a:p>`)
      .join('')}</p:txBody></p:sp></p:sld>`;
  const file = (i: number) => `slide${slides.length - i}.xml`;
  const files: Record<string, string> = {
    '[Content_Types].xml': '<Types/>',
    'ppt/presentation.xml': `<p:presentation xmlns:p="p" xmlns:r="${kinds}"><p:sldIdLst>${slides
      .map((_, i) => `<p:sldId id="${256 + i}" r:id="rId${i + 1}"/>`)
      .join('')}</p:sldIdLst></p:presentation>`,
    'ppt/_rels/presentation.xml.rels': relations(
      slides.map((_, i) => ({ type: 'slide', target: `slides/${file(i)}` })),
    ),
  };
  slides.forEach(({ paragraphs, notes }, i) => {
    files[`ppt/slides/${file(i)}`] = shape(paragraphs);
    if (notes === undefined) return;
    files[`ppt/slides/_rels/${file(i)}.rels`] = relations([
      { type: 'notesSlide', target: `../notesSlides/notes${i}.xml` },
    ]);
    files[`ppt/notesSlides/notes${i}.xml`] = shape([notes]);
  });
  return archive(files);
}

/** A workbook: the XML of each sheet's rows by its name; cells of type `s` are indexes into `strings`. */
export function xlsx(sheets: Record<string, string>, strings: readonly string[] = []): Buffer {
  const names = Object.keys(sheets);
  const targets = names.map((_, i) => ({ type: 'worksheet', target: `worksheets/sheet${i + 1}.xml` }));
  const files: Record<string, string> = {
    '[Content_Types].xml': '<Types/>',
    'xl/workbook.xml': `<workbook xmlns:r="${kinds}"><sheets>${names
      .map((name, i) => `<sheet name="${name}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`)
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations([
      ...targets,
      { type: 'sharedStrings', target: 'sharedStrings.xml' },
      { type: 'styles', target: '/xl/styles.xml' },
    ]),
    'xl/sharedStrings.xml': `<sst>${strings.map((text) => `<si><t>${text}</t></si>`).join('')}</sst>`,
    'xl/styles.xml':
      '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm"/></numFmts>' +
      '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>',
  };
  names.forEach((name, i) => {
    files[`xl/worksheets/sheet${i + 1}.xml`] =
      `<worksheet><sheetData>${sheets[name]}</sheetData></worksheet>`;
  });
  return archive(files);
}
