/** Turns the paths in an answer into links, once the host has said which of them are files of the workspace. */
import { maxPaths, readPlace } from '../../../src/protocol/text/filePaths';
import { visible } from '../../hiddenCharacters';
import { pathClass, pathsIn } from '../../markdown/paths';

/** A place in the page where a path stands. */
interface PathPlace {
  path: string;
  /** Replaces it by a link, or puts one around it. */
  draw: () => void;
}

/** What has no paths: links, code blocks, formulas and buttons. */
const excluded = 'a, pre, button, .katex, [class^="math-"], .code-block';

/** The paths below an element that are not links yet, in the order of the text; at most those of one question. */
export function pathsBelow(root: Element): string[] {
  return [...new Set(placesBelow(root).map(({ path }) => path))].slice(0, maxPaths);
}

/** Draws links to these paths. */
export function drawPathLinks(root: Element, existing: ReadonlySet<string>): void {
  // From the end, as a text is split where a path in it becomes a link.
  for (const { path, draw } of placesBelow(root).toReversed()) if (existing.has(path)) draw();
}

function placesBelow(root: Element): PathPlace[] {
  return [...root.querySelectorAll('.markdown-block')].flatMap(placesOfBlock);
}

function placesOfBlock(block: Element): PathPlace[] {
  const places: PathPlace[] = [];
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    node instanceof Element && node.matches(excluded) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (node instanceof HTMLElement && node.classList.contains(pathClass)) {
      places.push({ path: node.title, draw: () => wrap(node) });
    } else if (node instanceof HTMLElement && node.matches(`code:not(.${pathClass} *)`)) {
      const path = node.textContent.trim();
      if (readPlace(path)) places.push({ path, draw: () => wrap(node, path) });
    } else if (node instanceof Text && parent?.closest(`code, .${pathClass}`) === null) {
      places.push(...placesOfText(node));
    }
  }
  return places;
}

function placesOfText(text: Text): PathPlace[] {
  return pathsIn(text.data).map(({ path, index }) => ({
    path,
    draw: () => {
      const rest = text.splitText(index);
      rest.splitText(path.length);
      rest.replaceWith(link(path, rest.data));
    },
  }));
}

function wrap(element: HTMLElement, path = element.title): void {
  const anchor = link(path);
  element.replaceWith(anchor);
  anchor.append(element);
}

function link(path: string, words = ''): HTMLAnchorElement {
  const anchor = document.createElement('a');
  anchor.className = 'path-link';
  anchor.href = '#';
  anchor.dataset['path'] = path;
  anchor.title = visible(path);
  anchor.append(words);
  return anchor;
}
