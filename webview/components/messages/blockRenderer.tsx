/** Puts a block's HTML into the page: sanitised, with its formulas drawn and its code made a code block. */
import { render } from 'preact';
import { Context, type PanelContext } from '../../context';
import { showHidden } from '../../hiddenCharacters';
import type { HtmlBlock } from '../../markdown/blocks';
import { drawMath } from '../../markdown/math';
import { sanitise } from '../../markdown/sanitise';
import { storeMarks } from '../citations/citationMarks';
import { CodeBlock } from '../code/CodeBlock';

/** One block in the page. A long list that grows is not drawn anew with every word: only its last item is. */
export class BlockRenderer {
  private shown: HtmlBlock = { kind: 'html', frame: ['', ''], parts: [] };
  /** Where the parts are, one element each; undefined while the block has no frame. */
  private container: Element | undefined;
  /** Ends what lives in each part. */
  private readonly cleanups: (() => void)[] = [];

  constructor(
    private readonly element: Element,
    private readonly context: PanelContext,
  ) {}

  /** Shows the block in the place of the one before. */
  show(block: HtmlBlock): void {
    const { frame, parts } = this.shown;
    const isSameFrame = frame[0] === block.frame[0] && frame[1] === block.frame[1];
    if (this.container !== undefined && isSameFrame) this.patch(this.container, block);
    else if (!isSameFrame || parts.join() !== block.parts.join()) this.replace(block);
    this.shown = block;
  }

  /** Ends everything that lives in the block. */
  clear(): void {
    for (const end of this.cleanups.splice(0)) end();
  }

  private replace(block: HtmlBlock): void {
    this.clear();
    const nodes = this.draw(block.frame, block.parts.join(''));
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
      this.cleanups[index]?.();
      this.cleanups[index] = this.mountCode(part);
      if (index < container.children.length) container.children[index]?.replaceWith(part);
      else container.append(part);
    });
    for (const end of this.cleanups.splice(block.parts.length)) end();
    while (container.children.length > block.parts.length) container.lastElementChild?.remove();
  }

  private draw(frame: HtmlBlock['frame'], html: string): DocumentFragment {
    const nodes = sanitise(frame[0] + html + frame[1]);
    storeMarks(nodes);
    drawMath(nodes);
    setLinkTitles(nodes);
    for (const exact of nodes.querySelectorAll('a, :not(pre) > code')) showHidden(exact);
    return nodes;
  }

  /** Code inside a list or a quotation gets what code on its own has. */
  private mountCode(root: ParentNode): () => void {
    const places = [...root.querySelectorAll('pre')].map((pre) => {
      const language = /language-(\S+)/.exec(pre.firstElementChild?.className ?? '')?.[1] ?? '';
      const code = pre.textContent.replace(/\n$/, '');
      const place = document.createElement('div');
      pre.replaceWith(place);
      render(
        <Context.Provider value={this.context}>
          <CodeBlock code={code} language={language} growing={false} />
        </Context.Provider>,
        place,
      );
      return place;
    });
    return () => places.forEach((place) => render(null, place));
  }
}

/** The element that holds the parts of a block with a frame. */
function containerOf({ frame }: HtmlBlock, nodes: DocumentFragment): Element | undefined {
  if (frame[0] === '') return undefined;
  return nodes.querySelector('tbody') ?? nodes.firstElementChild ?? undefined;
}

/** Shows where a link leads before it is clicked. */
function setLinkTitles(root: ParentNode): void {
  for (const link of root.querySelectorAll<HTMLAnchorElement>('a[href]')) {
    link.title = link.getAttribute('href') ?? '';
  }
}
