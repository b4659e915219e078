/** Renders TeX with KaTeX. */
import katex from 'katex';
import 'katex/dist/katex.min.css';
import { mathClass, sourceOf } from './parser';

/**
 * Macro definitions, which are rejected. Macros would not be shared between formulas anyway, and nested
 * ones grow exponentially in spite of KaTeX's own limit.
 */
const definitions = [
  ...['\\def', '\\gdef', '\\edef', '\\xdef', '\\let', '\\futurelet', '\\global', '\\long'],
  ...['\\newcommand', '\\renewcommand', '\\providecommand'],
];

function rejectDefinition(): string {
  throw new Error('Macro definitions are not allowed.');
}

/** Letters of HTML of one formula; a longer one stays TeX, as the page takes too long to lay it out. */
const maxDrawingLength = 400_000;

/** Formulas kept to be drawn again at once: a paragraph that grows is drawn many times. */
const cacheSize = 500;
const cache = new Map<string, Node | null>();

/** Formulas, and letters of those that are new, that are drawn at once; the page draws the others in turn. */
const formulasAtOnce = 100;
const lettersAtOnce = 1_000;

/** Puts a drawing into each place for a formula under the element; `later` takes what is not drawn at once. */
export function drawMath(root: ParentNode, later: (work: () => void) => void): void {
  const places = root.querySelectorAll<HTMLElement>(`.${mathClass.inline}, .${mathClass.display}`);
  let letters = 0;
  for (const [index, place] of places.entries()) {
    const source = place.textContent;
    const isDisplay = place.classList.contains(mathClass.display);
    if (!cache.has(keyOf(source, isDisplay))) letters += source.length;
    if (index < formulasAtOnce && letters < lettersAtOnce) drawInto(place, source, isDisplay);
    else later(() => drawInto(place, source, isDisplay));
  }
}

function drawInto(place: HTMLElement, source: string, display: boolean): void {
  const drawing = draw(source, display);
  if (drawing === undefined) {
    place.classList.add('math-source');
    place.textContent = sourceOf(source, display);
  } else {
    place.replaceChildren(drawing);
    keepStop(place);
  }
}

/**
 * Moves the punctuation after a formula into its last part, which is not broken: a browser breaks the line
 * after a part whatever follows.
 */
function keepStop(place: HTMLElement): void {
  const end = place.parentElement;
  const last = [...place.querySelectorAll('.katex-base')].at(-1);
  if (!end?.classList.contains(mathClass.end) || !last) return;
  const stop = document.createElement('span');
  stop.className = 'math-stop';
  stop.append(...[...end.childNodes].filter((node) => node !== place));
  last.append(stop);
}

const keyOf = (source: string, display: boolean): string => (display ? 'd' : 'i') + source;

/** A new copy of the drawing; undefined where the source is no TeX. */
function draw(source: string, display: boolean): Node | undefined {
  const key = keyOf(source, display);
  let drawing = cache.get(key);
  if (drawing === undefined) {
    drawing = render(source, display);
    if (cache.size >= cacheSize) cache.clear();
    cache.set(key, drawing);
  }
  return drawing?.cloneNode(true);
}

function render(source: string, display: boolean): Node | null {
  try {
    const html = katex.renderToString(source, {
      displayMode: display,
      throwOnError: true,
      trust: false,
      strict: 'ignore',
      maxExpand: 500,
      maxSize: 20,
      // An object per formula: KaTeX adds its own macros to it.
      macros: Object.fromEntries(definitions.map((name) => [name, rejectDefinition])),
    });
    return html.length > maxDrawingLength ? null : adopt(html);
  } catch {
    return null;
  }
}

/**
 * The page's Content Security Policy blocks the style attributes in KaTeX's output, but not styles set
 * by scripts. KaTeX escapes quotes in texts, so only attributes match here.
 */
function adopt(html: string): Node {
  const template = document.createElement('template');
  template.innerHTML = html.replaceAll(' style="', ' data-style="');
  for (const element of template.content.querySelectorAll<HTMLElement | SVGElement>('[data-style]')) {
    element.style.cssText = element.dataset['style'] ?? '';
    element.removeAttribute('data-style');
  }
  return template.content;
}
