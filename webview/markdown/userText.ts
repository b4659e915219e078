/** A message of the user: shown as it was written, with its code blocks. */
import { fencedBlocks, type TextBlock } from '../../src/protocol/fences';
import type { CodeBlock } from './blocks';
import { withoutStackedAccents } from './layout';
import { answerMarkdown, isOpenable } from './parser';

/** A text with more code blocks is shown without any: each has buttons of its own. */
const maxBlocks = 200;

/** Links of longer texts are not looked for. */
const maxLinkedLength = 10_000;

/** Splits a text at its fences, ``` or ~~~. The last code block may be without a closing fence. */
export function userBlocks(source: string): (TextBlock | CodeBlock)[] {
  const text = withoutStackedAccents(source.replace(/\r\n?/g, '\n'));
  const blocks = fencedBlocks(text);
  if (blocks.length > maxBlocks) return [{ kind: 'text', text }];
  return blocks.map((block) => (block.kind === 'code' ? { ...block, open: false } : block));
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
  for (const { index, lastIndex, url } of answerMarkdown.linkify.match(text) ?? []) {
    if (!isOpenable(url)) continue;
    parts.push({ text: text.slice(end, index) }, { text: text.slice(index, lastIndex), url });
    end = lastIndex;
  }
  return [...parts, { text: text.slice(end) }].filter((part) => part.text !== '');
}
