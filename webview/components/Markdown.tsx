import { render } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Context, usePanel, type PanelContext } from '../context';
import { BlockSplitter } from '../markdown/blocks';
import { drawMath } from '../markdown/math';
import { answerMarkdown, isOpenable, userMarkdown } from '../markdown/parser';
import { sanitise } from '../markdown/sanitise';
import { memo } from '../memo';
import { CodeBlock } from './CodeBlock';
import './Markdown.css';

/** Longer texts are shown as they are: reading them as Markdown would stop the panel for too long. */
const longestMarkdown = 100_000;

export interface MarkdownProps {
  text: string;
  /** People end a line where they want it to end; models do not. */
  byUser: boolean;
  /** More text will follow. */
  growing: boolean;
}

/** A text drawn as Markdown, with mathematics and coloured code. */
export const Markdown = memo(function Markdown({ text, byUser, growing }: MarkdownProps) {
  const { panel } = usePanel();
  const [splitter] = useState(() => new BlockSplitter(byUser ? userMarkdown : answerMarkdown));
  const isLong = text.length > longestMarkdown;
  const blocks = useMemo(() => {
    if (isLong) return [];
    return growing ? splitter.grow(text) : splitter.split(text);
  }, [splitter, text, growing, isLong]);

  if (isLong) return <div class="markdown markdown-plain">{text}</div>;

  // The page is never left: whoever clicks a link decides in VS Code whether it is opened.
  const onClick = (event: MouseEvent) => {
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (link === null) return;
    event.preventDefault();
    const url = link.getAttribute('href') ?? '';
    if (event.button < 2 && isOpenable(url)) panel.post({ type: 'openLink', url });
  };

  return (
    <div class="markdown" onClick={onClick} onAuxClick={onClick}>
      {blocks.map((block, index) =>
        block.kind === 'code' ? (
          <CodeBlock key={index} code={block.code} language={block.language} growing={block.open} />
        ) : (
          <HtmlBlock key={index} html={block.html} />
        ),
      )}
    </div>
  );
});

const HtmlBlock = memo(function HtmlBlock({ html }: { html: string }) {
  const context = usePanel();
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const nodes = sanitise(html);
    drawMath(nodes);
    explainLinks(nodes);
    const unmount = mountCodeBlocks(nodes, context);
    element.current?.replaceChildren(nodes);
    return unmount;
  }, [html, context]);
  return <div class="markdown-block" ref={element} />;
});

/** Shows where a link leads before it is clicked. */
function explainLinks(root: ParentNode): void {
  for (const link of root.querySelectorAll<HTMLAnchorElement>('a[href]')) {
    link.title = link.getAttribute('href') ?? '';
  }
}

/** Code inside a list or a quotation gets what code on its own has. */
function mountCodeBlocks(root: ParentNode, context: PanelContext): () => void {
  const places = [...root.querySelectorAll('pre')].map((pre) => {
    const language = /language-(\S+)/.exec(pre.firstElementChild?.className ?? '')?.[1] ?? '';
    const code = pre.textContent.replace(/\n$/, '');
    const place = document.createElement('div');
    pre.replaceWith(place);
    render(
      <Context.Provider value={context}>
        <CodeBlock code={code} language={language} growing={false} />
      </Context.Provider>,
      place,
    );
    return place;
  });
  return () => places.forEach((place) => render(null, place));
}
