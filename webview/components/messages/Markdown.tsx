import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { usePanel } from '../../context';
import { BlockSplitter, inlineBlock, type Block, type HtmlBlock } from '../../markdown/blocks';
import { layoutCost, maxLayoutCost, piecesOf, withoutStackedAccents } from '../../markdown/layout';
import { answerMarkdown, isOpenable, userMarkdown } from '../../markdown/parser';
import { firstBlocks, isDrawable, sliceElements } from '../../markdown/slices';
import { memo } from '../../memo';
import type { Panel } from '../../panel';
import { redrawMarks } from '../citations/citationMarks';
import { CodeBlock } from '../code/CodeBlock';
import { runIfTimeLeft, runTimeSliced } from '../code/timeSlicing';
import { BlockRenderer } from './blockRenderer';
import './Markdown.css';

/** Longer texts are shown as plain text: parsing them would block the page. */
const maxMarkdownLength = 100_000;

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
  const blocks = useBlocks(splitter, isLong ? '' : text, growing);

  const isPlain = useMemo(() => isLong || !isDrawable(blocks), [blocks, isLong]);
  const element = useRef<HTMLDivElement>(null);
  const drawn = useSlices(blocks, element);

  if (isPlain) {
    return (
      <div class="markdown">
        <PlainText text={text} />
      </div>
    );
  }

  const onClick = (event: MouseEvent) => openLink(event, panel);
  return (
    <div
      ref={element}
      class={blocks.length > manyBlocks ? 'markdown markdown-long' : 'markdown'}
      onClick={onClick}
      onAuxClick={onClick}
    >
      {drawn.map((block, index) => {
        switch (block.kind) {
          case 'code':
            return <CodeBlock key={index} code={block.code} language={block.language} growing={block.open} />;
          case 'html':
            return <HtmlView key={index} block={block} />;
          case 'plain':
            return <PlainText key={index} text={block.text} />;
        }
      })}
    </div>
  );
});

/**
 * The blocks of a text. If the parser is busy with other texts, of a page of long messages for example, those shown
 * before, or none, until it has time.
 */
function useBlocks(splitter: BlockSplitter, text: string, growing: boolean): Block[] {
  const shown = useRef<Block[]>([]);
  const [later, setLater] = useState<{ text: string; blocks: Block[] }>();
  const now = useMemo(() => {
    if (growing) return splitter.grow(text);
    let blocks: Block[] | undefined;
    runIfTimeLeft(() => (blocks = splitter.split(text)));
    return blocks;
  }, [splitter, text, growing]);
  useEffect(() => {
    if (now !== undefined) return undefined;
    return runTimeSliced(() => setLater({ text, blocks: splitter.split(text) }));
  }, [now, splitter, text]);
  const blocks = now ?? (later?.text === text ? later.blocks : undefined);
  if (blocks !== undefined) shown.current = blocks;
  return shown.current;
}

/** The blocks that are in the page by now: those of a large text come there frame by frame. */
function useSlices(blocks: Block[], element: RefObject<HTMLElement | null>): Block[] {
  const [elements, setElements] = useState(sliceElements);
  const drawn = useMemo(() => firstBlocks(blocks, elements), [blocks, elements]);
  useEffect(() => {
    if (elements > sliceElements && element.current !== null) redrawMarks(element.current);
    if (drawn === blocks) return undefined;
    const frame = requestAnimationFrame(() => setElements(elements + sliceElements));
    return () => cancelAnimationFrame(frame);
  }, [drawn, blocks, elements, element]);
  return drawn;
}

/** A plain text of more lines, or that is slow to lay out, is split into pieces: those out of sight are left out. */
const manyLines = 1_000;

/** A text that is not read as Markdown, and why it looks as it does. */
function PlainText({ text }: { text: string }) {
  const { strings } = usePanel();
  const pieces = useMemo(() => {
    const shown = withoutStackedAccents(text);
    const isSlow = shown.split('\n', manyLines + 1).length > manyLines || layoutCost(shown) > maxLayoutCost;
    return isSlow ? piecesOf(shown) : [shown];
  }, [text]);
  return (
    <div>
      <div class="markdown-plain">
        {pieces.length === 1 ? pieces[0] : pieces.map((piece, index) => <div key={index}>{piece}</div>)}
      </div>
      <p class="message-note">{strings.shownAsPlainText}</p>
    </div>
  );
}

/** A label. A single line is parsed as inline Markdown, so that “2. May” is no list and “> 3” no quotation. */
export const ShortMarkdown = memo(function ShortMarkdown({ text }: { text: string }) {
  const { panel } = usePanel();
  const line = text.trim();
  const isLine = !line.includes('\n') && line.length <= maxMarkdownLength;
  const block = useMemo(() => (isLine ? inlineBlock(answerMarkdown, line) : undefined), [line, isLine]);
  if (block === undefined) return <Markdown text={text} byUser={false} growing={false} />;
  if (block.kind === 'plain') return <PlainText text={block.text} />;
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
