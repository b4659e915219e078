import { join } from 'node:path';
import type { ReadDocument } from '../../searchTypes';
import { EncryptedFileError } from '../readErrors';
import { TextWriter } from '../textWriter';
import { type Annotation, fieldsOf, notesOf, visible } from './annotations';
import { withFields } from './formFields';
import { withLinks } from './links';
import { writePage } from './pageText';
import { type PageItem, withActualText } from './actualText';

/** The text of a PDF file and the starts of its pages; pages without text are left out. Throws EncryptedFileError. */
export async function readPdf(bytes: Uint8Array, maxCharacters: number): Promise<ReadDocument> {
  const { getDocument, PasswordException } = await loadPdfjs();
  const loading = getDocument({
    data: new Uint8Array(bytes),
    // Needed to read Chinese, Japanese and Korean text whose fonts are not embedded.
    cMapUrl: join(import.meta.dirname, 'cmaps/'),
    cMapPacked: true,
    disableFontFace: true,
    useSystemFonts: false,
    useWorkerFetch: false,
    verbosity: 0,
  });
  try {
    const pdf = await loading.promise;
    const out = new TextWriter(maxCharacters);
    for (let number = 1; number <= pdf.numPages; number++) {
      const page = await pdf.getPage(number);
      const { items } = await page.getTextContent({
        includeMarkedContent: true,
        disableNormalization: true,
      });
      const annotations = visible((await page.getAnnotations()) as Annotation[]);
      const links = withLinks(withActualText(items as PageItem[]), annotations);
      const form = withFields(links.items, fieldsOf(annotations));
      writePage(out, number, form.items, [...form.rest, ...links.rest, ...notesOf(annotations)]);
      page.cleanup();
    }
    return out.document();
  } catch (error) {
    if (error instanceof PasswordException) throw new EncryptedFileError();
    throw error;
  } finally {
    await loading.destroy();
  }
}

async function loadPdfjs() {
  // pdf.js creates a DOMMatrix while it loads, for drawing.
  if (!('DOMMatrix' in globalThis)) Object.assign(globalThis, { DOMMatrix: class {} });
  // With this global pdf.js starts no worker thread, which this separate process makes unnecessary.
  const worker = await import('pdfjs-dist/legacy/build/pdf.worker.mjs');
  Object.assign(globalThis, { pdfjsWorker: worker });
  return import('pdfjs-dist/legacy/build/pdf.mjs');
}
