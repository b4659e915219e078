/** A message of the user: shown as it was written, with its code blocks. */
import { readHeading, type ContextHeading } from '../../src/protocol/context';
import { languageAt, type CodeBlock } from './blocks';
import { withoutStackedAccents } from './layout';
import { answerMarkdown, isOpenable } from './parser';

/** Text between code blocks. */
export interface TextBlock {
  kind: 'text';
  text: string;
}

/** A code block, with the heading above it if it is context that came with the message. */
export interface UserCode extends CodeBlock {
  heading?: ContextHeading;
}

/** A text with more code blocks is shown without any: each has buttons of its own. */
const maxBlocks = 200;

/** Links of longer texts are not looked for. */
const maxLinkedLength = 10_000;

const opening = /^ {0,3}(?:(`{3,})([^`]*)|(~{3,})(.*))$/;

/** Splits a text at its fences, ``` or ~~~. The last code block may be without a closing fence. */
export function userBlocks(source: string): (TextBlock | UserCode)[] {
  const text = withoutStackedAccents(source.replace(/\r\n?/g, '\n'));
  const blocks: (TextBlock | UserCode)[] = [];
  let lines: string[] = [];
  let fence: { mark: string; language: string } | undefined;
  const end = () => {
    const content = lines.join('\n');
    if (fence !== undefined) {
      const heading = takeHeading(blocks);
      blocks.push({ kind: 'code', code: content, language: fence.language, open: false, ...heading });
    } else if (content.trim() !== '') blocks.push({ kind: 'text', text: content });
    lines = [];
  };
  for (const line of text.split('\n')) {
    if (fence === undefined) {
      const [, ticks, info, tildes, other] = opening.exec(line) ?? [];
      const mark = ticks ?? tildes;
      if (mark === undefined) {
        lines.push(line);
        continue;
      }
      end();
      fence = { mark, language: languageAt(info ?? other ?? '') };
    } else if (closes(line, fence.mark)) {
      end();
      fence = undefined;
    } else lines.push(line);
  }
  end();
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

function closes(line: string, mark: string): boolean {
  const found = /^ {0,3}(`{3,}|~{3,})\s*$/.exec(line)?.[1];
  return found?.startsWith(mark) ?? false;
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
