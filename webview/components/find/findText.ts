/** Finds a text in what an element shows, across the borders of its inline elements. */

/** Matches that are kept; a text that occurs more often is counted no further. */
export const maxMatches = 5000;

/** Elements whose text is not part of what was written: their own buttons, and copies for screen readers. */
const skipped = 'button, [role="toolbar"], .message-actions, .visually-hidden, .katex-mathml, script, style';

/** Elements within a line: a match may begin in one and end in another. */
const inline = new Set(
  'A,ABBR,B,BDI,CITE,CODE,DEL,EM,I,INS,KBD,MARK,S,SMALL,SPAN,STRONG,SUB,SUP,U,VAR'.split(','),
);

/** The text nodes of one block, as one text. */
interface Block {
  element: Element;
  nodes: { node: Text; start: number }[];
  text: string;
}

/** The places of a text below an element, in order; upper and lower case are the same. */
export function findText(root: Element, wanted: string): Range[] {
  const needle = folded(wanted);
  const ranges: Range[] = [];
  if (needle === '') return ranges;
  for (const block of blocksOf(root)) {
    const text = folded(block.text);
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
      ranges.push(rangeOf(block, at, at + needle.length));
      if (ranges.length === maxMatches) return ranges;
    }
  }
  return ranges;
}

function blocksOf(root: Element): Block[] {
  const blocks: Block[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    node instanceof Element && node.matches(skipped) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  let block: Block | undefined;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    // A line break and a block between two texts part them, too.
    if (node instanceof Element && !inline.has(node.tagName)) block = undefined;
    if (!(node instanceof Text) || node.data === '') continue;
    const element = blockAround(node);
    if (block?.element !== element) {
      block = { element, nodes: [], text: '' };
      blocks.push(block);
    }
    block.nodes.push({ node, start: block.text.length });
    block.text += node.data;
  }
  return blocks;
}

function blockAround(node: Text): Element {
  let element = node.parentElement!;
  while (inline.has(element.tagName) && element.parentElement !== null) element = element.parentElement;
  return element;
}

function rangeOf({ nodes }: Block, start: number, end: number): Range {
  const range = document.createRange();
  const first = nodes.findLast((one) => one.start <= start)!;
  const last = nodes.findLast((one) => one.start < end)!;
  range.setStart(first.node, start - first.start);
  range.setEnd(last.node, end - last.start);
  return range;
}

/** In lower case and with plain spaces, of the same length. */
function folded(text: string): string {
  const lower = text.toLowerCase();
  const same =
    lower.length === text.length
      ? lower
      : Array.from(text, (letter) =>
          letter.toLowerCase().length === letter.length ? letter.toLowerCase() : letter,
        ).join('');
  return same.replace(/\s/g, ' ');
}
