import type { ReadDocument } from '../../searchTypes';
import { TextWriter } from '../textWriter';
import { htmlText } from './html';

interface Cell {
  cell_type?: unknown;
  source?: unknown;
  /** In place of `source`, in notebooks from before 2014. */
  input?: unknown;
  execution_count?: unknown;
  prompt_number?: unknown;
  outputs?: unknown;
}

/**
 * The text of a Jupyter notebook: its cells in order, each with its outputs: what was printed, texts instead
 * of images, and errors. Undefined if it is none.
 */
export function notebookText(json: string, maxCharacters: number): ReadDocument | undefined {
  const cells = cellsOf(json);
  if (!cells) return undefined;
  const out = new TextWriter(maxCharacters);
  for (const cell of cells) {
    out.line({ blank: true });
    const source = withoutData(joined(cell.source ?? cell.input));
    if (cell.cell_type !== 'code') {
      out.write(source);
      continue;
    }
    const count = cell.execution_count ?? cell.prompt_number;
    const number = typeof count === 'number' ? String(count) : ' ';
    out.write(`In [${number}]:\n${source}`);
    const outputs = list(cell.outputs).map((output) => outputText(output, maxCharacters));
    const text = outputs.filter((output) => output.trim() !== '').join('\n');
    if (text === '') continue;
    out.line();
    out.write(`Out [${number}]:\n${text}`);
  }
  return out.document();
}

function cellsOf(json: string): Cell[] | undefined {
  try {
    const notebook = record(JSON.parse(json));
    const sheets = notebook && list(notebook['worksheets']).map((sheet) => sheet['cells']);
    if (!notebook || !('nbformat' in notebook)) return undefined;
    return sheets!.length > 0 ? sheets!.flatMap(list) : list(notebook['cells']);
  } catch {
    return undefined;
  }
}

function outputText(output: Record<string, unknown>, maxCharacters: number): string {
  if (output['output_type'] === 'error' || output['output_type'] === 'pyerr') {
    const error = `${joined(output['ename'])}: ${joined(output['evalue'])}`;
    const trace = printed(lines(output['traceback']));
    return trace.includes(error) ? trace : [trace, error].filter(Boolean).join('\n');
  }
  // Before 2014, the types stood beside the others, without `text/`.
  const data = record(output['data']) ?? output;
  const plain = printed(joined(data['text/plain'] ?? data['text']));
  const markdown = joined(data['text/markdown'] ?? data['text/latex'] ?? data['latex']);
  const html = joined(data['text/html'] ?? data['html']);
  // The text of an object such as `<IPython.core.display.HTML object>` says nothing.
  if (plain !== '' && !/^<[^\n]*>\s*$/.test(plain)) return withoutData(plain);
  if (html !== '') return htmlText(html, maxCharacters).trim();
  if (markdown !== '') return withoutData(markdown);
  return data['image/png'] === undefined && data['image/svg+xml'] === undefined ? plain : '';
}

/** Text as a terminal shows it: without colours, and lines that are overwritten as they are at the end. */
function printed(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- escape sequences start with a control character
      .replace(/\x1b\[[0-?]*[ -/]*[@-~]/g, '')
      .replace(/\r+\n/g, '\n')
      .replace(/[^\r\n]*\r(?=[^\r\n])/g, '')
  );
}

/** Images in Markdown, HTML and outputs are not text. */
function withoutData(text: string): string {
  return text.replace(/data:[\w.+-]+\/[\w.+-]+;base64,[\w+/=%-]*/g, 'data:');
}

/** A text that may be a list of its lines. */
function joined(text: unknown): string {
  if (typeof text === 'string') return text;
  return Array.isArray(text) ? text.filter((part) => typeof part === 'string').join('') : '';
}

function lines(text: unknown): string {
  return Array.isArray(text) ? text.filter((part) => typeof part === 'string').join('\n') : joined(text);
}

function list(value: unknown): Record<string, unknown>[] {
  const items: unknown[] = Array.isArray(value) ? value : [];
  return items.map(record).filter((item) => item !== undefined);
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
