/** Code between fences, ``` or ~~~, and what the words after a fence say about it. */

/** A code block of a text. */
export interface FencedCode {
  kind: 'code';
  code: string;
  /** The language named after the fence, or empty. */
  language: string;
  /** The path named after the fence, as the model wrote it, or empty. */
  file: string;
}

/** Text between code blocks. */
export interface TextBlock {
  kind: 'text';
  text: string;
}

/** Longer paths are none. */
const maxPathLength = 260;

/** ```` ```python:src/main.py ````, but not ```` ```js:1-3 ```` or a URL. */
const pathAfterColon = /^[^\s:{,/]+:(?!\/\/)(\S*[./]\S*)$/;
/** ```` ```12:15:src/main.py ````: a part of a file. */
const pathAfterLines = /^\d+:\d+:(\S*[./]\S*)$/;
/** ```` ```src/main.py ````, but not ```` ```text/html ````. */
const pathAlone = /^[^:{,]*\/[^/]*\.\w+$/;
/** ```` ```{python} ```` and ```` ```{.python .numberLines} ````, as R Markdown and Pandoc have it. */
const inBraces = /^\{\.?([a-z][\w+#-]*)/i;
const pathInTitle = /\b(?:title|file|filename|path)=(?:"([^"]+)"|'([^']+)'|(\S+))/;

/** The language that the words after a fence name, as in ```` ```python:src/main.py ```` or ```` ```js {1,3} ````. */
export function languageAt(info: string): string {
  const [first = ''] = info.trim().split(/\s/, 1);
  if (pathAfterLines.test(first) || pathAlone.test(first)) return /\.(\w+)$/.exec(first)?.[1] ?? '';
  return inBraces.exec(first)?.[1] ?? /^[^\s:{,]*/.exec(first)?.[0] ?? '';
}

/** The path that the words after a fence name; empty if they name none. */
export function fileAt(info: string): string {
  const text = info.trim().slice(0, 1000);
  const [first = ''] = text.split(/\s/, 1);
  const title = pathInTitle.exec(text.slice(first.length));
  const named =
    pathAfterLines.exec(first)?.[1] ??
    pathAfterColon.exec(first)?.[1] ??
    pathAlone.exec(first)?.[0] ??
    title?.slice(1).find((part) => part !== undefined) ??
    '';
  const path = named.replace(/(?::\d+(?:-\d+)?|#L\d+(?:-L?\d+)?)$/, '');
  return path.length > maxPathLength ? '' : path;
}

const opening = /^ {0,3}(?:(`{3,})([^`]*)|(~{3,})(.*))$/;

/** Splits a text at its fences. The last code block may be without a closing fence. */
export function fencedBlocks(source: string): (TextBlock | FencedCode)[] {
  const blocks: (TextBlock | FencedCode)[] = [];
  let lines: string[] = [];
  let fence: { mark: string; info: string } | undefined;
  const end = () => {
    const content = lines.join('\n');
    if (fence !== undefined) blocks.push({ kind: 'code', code: content, ...namesAt(fence.info) });
    else if (content.trim() !== '') blocks.push({ kind: 'text', text: content });
    lines = [];
  };
  for (const line of source.replace(/\r\n?/g, '\n').split('\n')) {
    if (fence === undefined) {
      const [, ticks, info, tildes, other] = opening.exec(line) ?? [];
      const mark = ticks ?? tildes;
      if (mark === undefined) {
        lines.push(line);
        continue;
      }
      end();
      fence = { mark, info: info ?? other ?? '' };
    } else if (closes(line, fence.mark)) {
      end();
      fence = undefined;
    } else lines.push(line);
  }
  end();
  return blocks;
}

/** The language and the path at a fence. */
export function namesAt(info: string): { language: string; file: string } {
  return { language: languageAt(info), file: fileAt(info) };
}

function closes(line: string, mark: string): boolean {
  const found = /^ {0,3}(`{3,}|~{3,})\s*$/.exec(line)?.[1];
  return found?.startsWith(mark) ?? false;
}
