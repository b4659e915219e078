/** Puts a block's HTML into the page: sanitised, with its formulas drawn and its code made a code block. */
import { render } from 'preact';
import { Context, type PanelContext } from '../../context';
import { showHidden } from '../../hiddenCharacters';
import type { HtmlBlock } from '../../markdown/blocks';
import { drawMath } from '../../markdown/math';
import { sanitise } from '../../markdown/sanitise';
import { keepMarks } from '../citations/citationMarks';
import { CodeBlock } from '../code/CodeBlock';
import { inTurn } from '../code/turns';

/** One block in the page. A long list that grows is not drawn anew with every word: only its last item is. */
export class Drawing {
  private shown: HtmlBlock = { kind: 'html', frame: ['', ''], parts: [] };
  /** Where the parts are, one element each; undefined while the block has no frame. */
  private slot: Element | undefined;
  /** Ends what lives in each part. */
  private readonly endings: (() => void)[] = [];

  constructor(
    private readonly element: Element,
    private readonly context: PanelContext,
  ) {}

  /** Shows the block in the place of the one before. */
  show(block: HtmlBlock): void {
    const { frame, parts } = this.shown;
    const isSameFrame = frame[0] === block.frame[0] && frame[1] === block.frame[1];
    if (this.slot !== undefined && isSameFrame) this.patch(this.slot, block);
    else if (!isSameFrame || parts.join() !== block.parts.join()) this.replace(block);
    this.shown = block;
  }

  /** Ends everything that lives in the block. */
  clear(): void {
    for (const end of this.endings.splice(0)) end();
  }

  private replace(block: HtmlBlock): void {
    this.clear();
    const nodes = this.draw(block.frame, block.parts.join(''));
    const slot = slotOf(block, nodes);
    if (slot === undefined) this.endings.push(this.mountCode(nodes));
    else this.endings.push(...[...slot.children].map((part) => this.mountCode(part)));
    this.element.replaceChildren(nodes);
    this.slot = slot;
  }

  private patch(slot: Element, block: HtmlBlock): void {
    const before = this.shown.parts;
    block.parts.forEach((html, index) => {
      if (html === before[index]) return;
      const part = slotOf(block, this.draw(block.frame, html))?.firstElementChild;
      if (!part) return;
      this.endings[index]?.();
      this.endings[index] = this.mountCode(part);
      if (index < slot.children.length) slot.children[index]?.replaceWith(part);
      else slot.append(part);
    });
    for (const end of this.endings.splice(block.parts.length)) end();
    while (slot.children.length > block.parts.length) slot.lastElementChild?.remove();
  }

  private draw(frame: HtmlBlock['frame'], html: string): DocumentFragment {
    const nodes = sanitise(frame[0] + html + frame[1]);
    keepMarks(nodes);
    drawMath(nodes, inTurn);
    explainLinks(nodes);
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
function slotOf({ frame }: HtmlBlock, nodes: DocumentFragment): Element | undefined {
  if (frame[0] === '') return undefined;
  return nodes.querySelector('tbody') ?? nodes.firstElementChild ?? undefined;
}

/** Shows where a link leads before it is clicked. */
function explainLinks(root: ParentNode): void {
  for (const link of root.querySelectorAll<HTMLAnchorElement>('a[href]')) {
    link.title = link.getAttribute('href') ?? '';
  }
}
