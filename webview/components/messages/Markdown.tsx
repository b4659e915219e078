import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { usePanel } from '../../context';
import { BlockSplitter, type HtmlBlock } from '../../markdown/blocks';
import { answerMarkdown, isOpenable, userMarkdown } from '../../markdown/parser';
import { memo } from '../../memo';
import type { Panel } from '../../panel';
import { CodeBlock } from '../code/CodeBlock';
import { BlockRenderer } from './blockRenderer';
import './Markdown.css';

/** Longer texts are shown as plain text: parsing them would block the page. */
const maxMarkdownLength = 100_000;

/** The same for texts with more blocks. */
const maxBlocks = 3000;

/** With more blocks than this, those off-screen are skipped in layout and paint. */
const manyBlocks = 30;

export interface MarkdownProps {
  text: string;
  /** Single newlines are line breaks in text by users, not in text by models. */
  byUser: boolean;
  /** More text will follow. */
  growing: boolean;
}

/** Renders Markdown, with mathematics and highlighted code. */
export const Markdown = memo(function Markdown({ text, byUser, growing }: MarkdownProps) {
  const { panel } = usePanel();
  const [splitter] = useState(() => new BlockSplitter(byUser ? userMarkdown : answerMarkdown));
  const isLong = text.length > maxMarkdownLength;
  const blocks = useMemo(() => {
    if (isLong) return [];
    return growing ? splitter.grow(text) : splitter.split(text);
  }, [splitter, text, growing, isLong]);

  if (isLong || blocks.length > maxBlocks) return <div class="markdown markdown-plain">{text}</div>;

  const onClick = (event: MouseEvent) => openLink(event, panel);
  return (
    <div
      class={blocks.length > manyBlocks ? 'markdown markdown-long' : 'markdown'}
      onClick={onClick}
      onAuxClick={onClick}
    >
      {blocks.map((block, index) =>
        block.kind === 'code' ? (
          <CodeBlock key={index} code={block.code} language={block.language} growing={block.open} />
        ) : (
          <HtmlView key={index} block={block} />
        ),
      )}
    </div>
  );
});

/** A label. A single line is parsed as inline Markdown, so that «2. May» is no list and «> 3» no quotation. */
export const ShortMarkdown = memo(function ShortMarkdown({ text }: { text: string }) {
  const { panel } = usePanel();
  const line = text.trim();
  const isLine = !line.includes('\n') && line.length <= maxMarkdownLength;
  const block = useMemo<HtmlBlock>(
    () => ({ kind: 'html', frame: ['', ''], parts: isLine ? [answerMarkdown.renderInline(line)] : [] }),
    [line, isLine],
  );
  if (!isLine) return <Markdown text={text} byUser={false} growing={false} />;
  const onClick = (event: MouseEvent) => openLink(event, panel);
  return (
    <div class="markdown" onClick={onClick} onAuxClick={onClick}>
      <HtmlView block={block} />
    </div>
  );
});

/** Opens links through VS Code, which asks the user; the page never navigates. */
function openLink(event: MouseEvent, panel: Panel): void {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (link === null) return;
  event.preventDefault();
  const url = link.getAttribute('href') ?? '';
  if (event.button > 1 || !isOpenable(url)) return;
  // VS Code's own listener at the window would open the link a second time.
  event.stopPropagation();
  panel.post({ type: 'openLink', url });
}

const HtmlView = memo(function HtmlView({ block }: { block: HtmlBlock }) {
  const context = usePanel();
  const element = useRef<HTMLDivElement>(null);
  const drawing = useRef<BlockRenderer | undefined>(undefined);
  useLayoutEffect(() => {
    if (element.current !== null) drawing.current ??= new BlockRenderer(element.current, context);
    drawing.current?.show(block);
  }, [block, context]);
  useLayoutEffect(() => () => drawing.current?.clear(), []);
  return <div class="markdown-block" ref={element} />;
});
