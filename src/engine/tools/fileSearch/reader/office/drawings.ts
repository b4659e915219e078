import type { OfficeParts } from './officeParts';
import type { TextWriter } from '../textWriter';
import { attribute, readXml } from '../xml';

/** The paths of the diagrams (SmartArt) and charts that a part shows, collected while it is read. */
export class Drawings {
  readonly #targets: ReadonlyMap<string, string>;
  readonly #written = new Set<string>();
  #waiting: { path: string; write: typeof writeChart }[] = [];

  constructor(
    private readonly parts: OfficeParts,
    path: string,
  ) {
    this.#targets = new Map(parts.relations(path).map((relation) => [relation.id, relation.path]));
  }

  /** Collects the drawing that an element refers to, if it does. */
  open(name: string, attributes: Record<string, string>): void {
    if (name === 'relIds') this.#add(attribute(attributes, 'dm'), writeDiagram);
    else if (name === 'chart') this.#add(attribute(attributes, 'id'), writeChart);
  }

  #add(id: string | undefined, write: typeof writeChart): void {
    const path = this.#targets.get(id ?? '');
    if (path === undefined || this.#written.has(path)) return;
    this.#written.add(path);
    this.#waiting.push({ path, write });
  }

  /** Writes the drawings collected since the last call. */
  write(out: TextWriter): void {
    const drawings = this.#waiting;
    this.#waiting = [];
    for (const { path, write } of drawings) write(out, this.parts.get(path));
  }
}

/** Writes the texts of a diagram, a line each. */
function writeDiagram(out: TextWriter, part: Uint8Array | undefined): void {
  writeLines(out, 'Diagram', textsOf(part, 'p'));
}

/** Writes a chart's titles, and a line for each series: its name, and its values with their categories. */
function writeChart(out: TextWriter, part: Uint8Array | undefined): void {
  const lines: string[] = textsOf(part, 'p');
  let series: { tx: string[]; cat: string[]; val: string[] } | undefined;
  let list: string[] | undefined;
  let inValue = false;
  readXml(part, {
    open(name) {
      if (name === 'ser') series = { tx: [], cat: [], val: [] };
      else if (name === 'tx') list = series?.tx;
      else if (name === 'cat' || name === 'xVal') list = series?.cat;
      else if (name === 'val' || name === 'yVal') list = series?.val;
      else if (name === 'v') {
        inValue = true;
        list?.push('');
      }
    },
    text(text) {
      if (inValue && list) list[list.length - 1] += text;
    },
    close(name) {
      if (name === 'v') inValue = false;
      else if (/^(tx|cat|xVal|val|yVal)$/.test(name)) list = undefined;
      else if (name === 'ser' && series) {
        const { tx, cat, val } = series;
        const values = val.map((value, i) => (cat[i] === undefined ? value : `${cat[i]} ${value}`));
        lines.push([tx.join(' '), values.join(', ')].filter(Boolean).join(': '));
        series = undefined;
      }
    },
  });
  writeLines(out, 'Chart', lines);
}

function writeLines(out: TextWriter, what: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  out.line({ blank: true });
  out.write(`${what}: ${lines.join('\n')}`);
  out.line({ blank: true });
}

/** The text of each element of this name. */
function textsOf(part: Uint8Array | undefined, element: string): string[] {
  const texts: string[] = [];
  let text = '';
  let inText = false;
  readXml(part, {
    open(name) {
      if (name === element) text = '';
      else if (name === 't') inText = true;
    },
    text(piece) {
      if (inText) text += piece;
    },
    close(name) {
      if (name === 't') inText = false;
      else if (name === element && text.trim() !== '') {
        texts.push(text.trim());
        text = '';
      }
    },
  });
  return texts;
}
