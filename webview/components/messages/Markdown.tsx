import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { usePanel } from '../../context';
import { BlockSplitter, inlineBlock, type Block, type HtmlBlock } from '../../markdown/blocks';
import { PieceSplitter } from '../../markdown/layout';
import { answerMarkdown } from '../../markdown/parser';
import { firstBlocks, isDrawable, sliceElements } from '../../markdown/slices';
import { memo } from '../../memo';
import { redrawMarks } from '../citations/citationMarks';
import { CodeBlock } from '../code/CodeBlock';
import { runIfTimeLeft, runTimeSliced } from '../code/timeSlicing';
import { BlockRenderer } from './blockRenderer';
import { openLink } from './openLink';
import './Markdown.css';

/** Blocks of a section. The page skips sections off-screen in layout and paint. */
const sectionLength = 30;

export interface MarkdownProps {
  text: string;
  /** More text will follow. */
  growing: boolean;
}

/** Renders the Markdown of models, with mathematics and highlighted code. */
export const Markdown = memo(function Markdown({ text, growing }: MarkdownProps) {
  const { panel } = usePanel();
  const [splitter] = useState(() => new BlockSplitter(answerMarkdown));
  const blocks = useBlocks(splitter, text, growing);

  const isPlain = useMemo(() => !isDrawable(blocks), [blocks]);
  const element = useRef<HTMLDivElement>(null);
  const sections = useSections(useSlices(blocks, element));

  if (isPlain) {
    return (
      <div class="markdown">
        <PlainText text={text} />
      </div>
    );
  }

  const onClick = (event: MouseEvent) => openLink(event, panel);
  return (
    <div ref={element} class="markdown" onClick={onClick} onAuxClick={onClick}>
      {sections.map((section, index) => (
        <Section key={index} blocks={section} />
      ))}
    </div>
  );
});

const Section = memo(({ blocks }: { blocks: Block[] }) => (
  <div class="markdown-section">
    {blocks.map((block, index) => {
      switch (block.kind) {
        case 'code':
          return (
            <CodeBlock
              key={index}
              code={block.code}
              language={block.language}
              file={block.file}
              growing={block.open}
            />
          );
        case 'html':
          return <HtmlView key={index} block={block} />;
        case 'plain':
          return <PlainText key={index} text={block.text} />;
      }
    })}
  </div>
));

/** The blocks in sections: one with the same blocks as before is the same array. */
function useSections(blocks: Block[]): Block[][] {
  const before = useRef<Block[][]>([]);
  return useMemo(() => {
    const count = Math.ceil(blocks.length / sectionLength);
    before.current = Array.from({ length: count }, (_, index) => {
      const section = blocks.slice(index * sectionLength, (index + 1) * sectionLength);
      const known = before.current[index];
      const isSame = known?.length === section.length && section.every((block, at) => block === known[at]);
      return isSame ? known : section;
    });
    return before.current;
  }, [blocks]);
}

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

/** A text that is not read as Markdown, and why it looks as it does. */
function PlainText({ text }: { text: string }) {
  const { strings } = usePanel();
  const [splitter] = useState(() => new PieceSplitter());
  const pieces = useMemo(() => splitter.grow(text), [splitter, text]);
  return (
    <div>
      <div class="markdown-plain">
        {pieces.length === 1 ? pieces[0] : pieces.map((piece, index) => <Piece key={index} text={piece} />)}
      </div>
      <p class="message-note">{strings.shownAsPlainText}</p>
    </div>
  );
}

const Piece = memo(({ text }: { text: string }) => <div>{text}</div>);

/** Longer labels are read as a text. */
const maxLabelLength = 100_000;

/** A label. A single line is parsed as inline Markdown, so that “2. May” is no list and “> 3” no quotation. */
export const ShortMarkdown = memo(function ShortMarkdown({ text }: { text: string }) {
  const { panel } = usePanel();
  const line = text.trim();
  const isLine = !line.includes('\n') && line.length <= maxLabelLength;
  const block = useMemo(() => (isLine ? inlineBlock(answerMarkdown, line) : undefined), [line, isLine]);
  if (block === undefined) return <Markdown text={text} growing={false} />;
  if (block.kind === 'plain') return <PlainText text={block.text} />;
  const onClick = (event: MouseEvent) => openLink(event, panel);
  return (
    <div class="markdown" onClick={onClick} onAuxClick={onClick}>
      <HtmlView block={block} />
    </div>
  );
});

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
