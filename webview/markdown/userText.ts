/** A message of the user: shown as it was written, with its code blocks. */
import { readHeading, type ContextHeading } from '../../src/protocol/context';
import { fencedBlocks, type TextBlock } from '../../src/protocol/text/fences';
import type { CodeBlock } from './blocks';
import { withoutStackedAccents } from './layout';
import { answerMarkdown, isOpenable } from './parser';

/** A code block, with the heading above it if it is context that came with the message. */
export interface UserCode extends CodeBlock {
  heading?: ContextHeading;
}

/** A text with more code blocks is shown without any: each has buttons of its own. */
const maxBlocks = 200;

/** Links of longer texts are not looked for. */
const maxLinkedLength = 10_000;

/** Splits a text at its fences, ``` or ~~~. The last code block may be without a closing fence. */
export function userBlocks(source: string): (TextBlock | UserCode)[] {
  const text = withoutStackedAccents(source.replace(/\r\n?/g, '\n'));
  const blocks: (TextBlock | UserCode)[] = [];
  for (const block of fencedBlocks(text)) {
    if (block.kind === 'text') blocks.push({ ...block });
    else blocks.push({ ...block, open: false, ...takeHeading(blocks) });
  }
  return blocks.length > maxBlocks ? [{ kind: 'text', text }] : blocks;
}

/** Takes the heading of context off the end of the last text, if there is one. */
function takeHeading(blocks: (TextBlock | UserCode)[]): { heading?: ContextHeading } {
  const last = blocks.at(-1);
  if (last?.kind !== 'text') return {};
  const text = last.text.trimEnd();
  const start = text.lastIndexOf('\n') + 1;
  const heading = readHeading(text.slice(start));
  if (heading === undefined) return {};
  const before = text.slice(0, start).trimEnd();
  if (before === '') blocks.pop();
  else last.text = before;
  return { heading };
}

/** A part of a text: a link, if it has a URL. */
export interface TextPart {
  text: string;
  url?: string;
}

/** Splits a text at its bare links. */
export function linkedParts(text: string): TextPart[] {
  if (text.length > maxLinkedLength) return [{ text }];
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: scheme, index } of text.matchAll(/(?<![a-z\d_])(?:https?|mailto):/gi)) {
    if (index < end) continue;
    const start = index + scheme.length;
    const length = answerMarkdown.linkify.testSchemaAt(text, scheme.toLowerCase(), start);
    const url = text.slice(index, start + length);
    if (length === 0 || !isOpenable(url)) continue;
    parts.push({ text: text.slice(end, index) }, { text: url, url });
    end = start + length;
  }
  return [...parts, { text: text.slice(end) }].filter((part) => part.text !== '');
}

/** A message of the user as the words before its context, and the context, which is empty if there is none. */
export function splitContext(text: string): { words: string; context: string } {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => readHeading(line.trimEnd()) !== undefined);
  const context = start < 0 ? '' : lines.slice(start).join('\n');
  const isContext = userBlocks(context).every(
    (block) => block.kind === 'code' && block.heading !== undefined,
  );
  if (context === '' || !isContext) return { words: text, context: '' };
  return { words: lines.slice(0, start).join('\n').trimEnd(), context };
}
