import { readXml } from '../xml';
import { TableWriter } from './openDocumentTables';
import { TextWriter } from '../textWriter';

/** The text of a chart or formula in an OpenDocument file, with what it is; empty if it has none. */
export function embeddedObject(content: Uint8Array | undefined): string {
  const out = new TextWriter(Infinity);
  const table = new TableWriter();
  let kind = '';
  let cell: string | undefined;
  let inParagraph = false;
  let inSource = false;
  let source = '';
  let formula = '';
  readXml(content, {
    open(name, attributes) {
      kind ||= name;
      if (name === 'chart') kind = 'chart';
      else if (name === 'table-row') table.openRow(1);
      else if (name === 'table-cell') {
        table.openCell(1, attributes);
        cell = '';
      } else if (name === 'p') inParagraph = true;
      else if (name === 'annotation') inSource = true;
    },
    text(text) {
      if (inSource) source += text;
      else if (kind === 'math') formula += text.trim();
      else if (inParagraph && cell !== undefined) cell += text;
      else if (inParagraph) out.write(text);
    },
    close(name) {
      if (name === 'p') {
        inParagraph = false;
        if (cell === undefined) out.line();
      } else if (name === 'table-cell') {
        table.closeCell(cell ?? '');
        cell = undefined;
      } else if (name === 'table-row') table.closeRow(out);
      else if (name === 'annotation') inSource = false;
    },
  });
  if (kind === 'math') return `Formula: ${source.trim() || formula}`;
  const text = out.document().text.trim();
  if (text === '') return '';
  return kind === 'chart' ? `Chart: ${text}` : text;
}
