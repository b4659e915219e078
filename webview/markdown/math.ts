/** Renders TeX with KaTeX. */
import katex from 'katex';
import 'katex/dist/katex.min.css';
import { mathClass } from './parser';

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

/** Rendered formulas to cache: a streamed paragraph is rendered many times. */
const cacheSize = 500;
const cache = new Map<string, Node | null>();

/** Renders each formula placeholder below the element. */
export function drawMath(root: ParentNode): void {
  for (const place of root.querySelectorAll<HTMLElement>(`.${mathClass.inline}, .${mathClass.display}`)) {
    const source = place.textContent;
    const drawing = formulaNode(source, place.classList.contains(mathClass.display));
    if (drawing === undefined) place.classList.add('math-source');
    else place.replaceChildren(drawing);
  }
}

/** A copy of the rendered formula; undefined if the source is not valid TeX. */
function formulaNode(source: string, display: boolean): Node | undefined {
  const key = (display ? 'd' : 'i') + source;
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
    return adopt(html);
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
