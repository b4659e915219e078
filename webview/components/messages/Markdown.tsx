import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { usePanel } from '../../context';
import { BlockSplitter, type HtmlBlock } from '../../markdown/blocks';
import { answerMarkdown, isOpenable, userMarkdown } from '../../markdown/parser';
import { memo } from '../../memo';
import type { Panel } from '../../panel';
import { CodeBlock } from '../code/CodeBlock';
import { BlockRenderer } from './blockRenderer';
import './Markdown.css';

/** Longer texts are shown as they are: reading them as Markdown would stop the panel for too long. */
const maxMarkdownLength = 100_000;

/** The same for texts of more blocks. */
const maxBlocks = 3000;

/** From more blocks than this on, those out of sight are left out of layout and paint. */
const manyBlocks = 30;

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

/** A label: one of a single line makes no block, so that «2. May» and «> 3» stay what they are. */
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

/** The page is never left: whoever clicks a link decides in VS Code whether it is opened. */
function openLink(event: MouseEvent, panel: Panel): void {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (link === null) return;
  event.preventDefault();
  const url = link.getAttribute('href') ?? '';
  if (event.button < 2 && isOpenable(url)) panel.post({ type: 'openLink', url });
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
