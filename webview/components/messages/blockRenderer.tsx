/** Renders a block's HTML into the page: sanitised, with formulas and code blocks. */
import { render } from 'preact';
import { Context, type PanelContext } from '../../context';
import { showHidden } from '../../hiddenCharacters';
import { namesAt } from '../../../src/protocol/text/fences';
import type { HtmlBlock } from '../../markdown/blocks';
import { drawMath } from '../../markdown/math';
import { sanitise } from '../../markdown/sanitise';
import { storeMarks } from '../citations/citationMarks';
import { CodeBlock } from '../code/CodeBlock';
import { runTimeSliced } from '../code/timeSlicing';
import { nameFootnotes } from './footnoteLinks';

/** Renders one block. While a long list or table is streamed, only parts that changed are replaced. */
export class BlockRenderer {
  private shown: HtmlBlock = { kind: 'html', frame: ['', ''], parts: [] };
  /** The parent of the parts, one element each; undefined while the block has no frame. */
  private container: Element | undefined;
  /** Unmounts the components in each part. */
  private readonly cleanups: (() => void)[] = [];

  constructor(
    private readonly element: Element,
    private readonly context: PanelContext,
  ) {}

  /** Replaces the block shown before. */
  show(block: HtmlBlock): void {
    const { frame, parts } = this.shown;
    const isSameFrame = frame[0] === block.frame[0] && frame[1] === block.frame[1];
    if (this.container !== undefined && isSameFrame) this.patch(this.container, block);
    else if (!isSameFrame || parts.join() !== block.parts.join()) this.replace(block);
    this.shown = block;
  }

  /** Unmounts all components in the block. */
  clear(): void {
    for (const end of this.cleanups.splice(0)) end();
  }

  private replace(block: HtmlBlock): void {
    this.clear();
    const nodes = this.draw(block.frame, block.parts.join(''));
    keepOpen(this.element, nodes);
    const container = containerOf(block, nodes);
    if (container === undefined) this.cleanups.push(this.mountCode(nodes));
    else this.cleanups.push(...[...container.children].map((part) => this.mountCode(part)));
    this.element.replaceChildren(nodes);
    this.container = container;
  }

  private patch(container: Element, block: HtmlBlock): void {
    const before = this.shown.parts;
    block.parts.forEach((html, index) => {
      if (html === before[index]) return;
      const part = containerOf(block, this.draw(block.frame, html))?.firstElementChild;
      if (!part) return;
      const shown = container.children[index];
      if (shown) keepOpen(shown, part);
      this.cleanups[index]?.();
      this.cleanups[index] = this.mountCode(part);
      if (shown) shown.replaceWith(part);
      else container.append(part);
    });
    for (const end of this.cleanups.splice(block.parts.length)) end();
    while (container.children.length > block.parts.length) container.lastElementChild?.remove();
  }

  private draw(frame: HtmlBlock['frame'], html: string): DocumentFragment {
    const nodes = sanitise(frame[0] + html + frame[1]);
    storeMarks(nodes);
    drawMath(nodes, runTimeSliced);
    setLinkTitles(nodes);
    nameFootnotes(nodes, this.context);
    for (const exact of nodes.querySelectorAll('a, :not(pre) > code')) showHidden(exact);
    return nodes;
  }

  /** Replaces code inside lists and quotations with code block components. Returns a function to unmount them. */
  private mountCode(root: ParentNode): () => void {
    const places = [...root.querySelectorAll('pre')].map((pre) => {
      const names = namesAt(/language-(\S+)/.exec(pre.firstElementChild?.className ?? '')?.[1] ?? '');
      const code = pre.textContent.replace(/\n$/, '');
      const place = document.createElement('div');
      pre.replaceWith(place);
      render(
        <Context.Provider value={this.context}>
          <CodeBlock code={code} {...names} growing={false} />
        </Context.Provider>,
        place,
      );
      return place;
    });
    return () => places.forEach((place) => render(null, place));
  }
}

/** Leaves open or closed what the user has opened or closed while the block grows. */
function keepOpen(before: ParentNode, after: ParentNode): void {
  const known = before.querySelectorAll('details');
  after.querySelectorAll('details').forEach((details, index) => {
    details.open = known[index]?.open ?? details.open;
  });
}

/** The element that contains the parts of a block with a frame. */
function containerOf({ frame }: HtmlBlock, nodes: DocumentFragment): Element | undefined {
  if (frame[0] === '') return undefined;
  const element = nodes.firstElementChild;
  // A list, whose items may have tables of their own, or a table.
  return (element?.matches('table') ? element.querySelector('tbody') : element) ?? undefined;
}

/** Shows a link's URL as its tooltip. */
function setLinkTitles(root: ParentNode): void {
  for (const link of root.querySelectorAll<HTMLAnchorElement>('a[href]')) {
    link.title = link.getAttribute('href') ?? '';
  }
}
