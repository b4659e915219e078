/** Bounds what of a text is put into the page, and how much of it at once. */
import type { Block, HtmlBlock } from './blocks';
import { layoutCost, maxLayoutCost } from './layout';

/** Elements of a text; one of more takes the page too long to lay out. */
const maxElements = 12_000;

/** The same for a paragraph, an item of a list or a row of a table: these are drawn as a whole. */
const maxPartElements = 6_000;

/** Blocks of a text; comparing more with those before takes too long while it grows. */
const maxBlocks = 3_000;

/** Elements that are put into the page in one frame. */
export const sliceElements = 1_000;

/** About what a code block consists of, with its buttons. */
const codeElements = 30;

/** Whether the page can take the blocks of one text. */
export function isDrawable(blocks: readonly Block[]): boolean {
  if (blocks.length > maxBlocks) return false;
  let elements = 0;
  let cost = 0;
  for (const block of blocks) {
    const parts = weights(block);
    if (parts.some((weight) => weight > maxPartElements)) return false;
    elements += parts.reduce((a, b) => a + b, 0);
    if (block.kind === 'html') cost += costOf(block);
  }
  return elements <= maxElements && cost <= maxLayoutCost;
}

const layoutCosts = new WeakMap<HtmlBlock, number>();

/** See {@link layoutCost}. */
function costOf(block: HtmlBlock): number {
  const known = layoutCosts.get(block);
  if (known !== undefined) return known;
  const lines = block.parts.flatMap((part) => part.split('<br>'));
  const cost = lines.reduce((sum, line) => sum + layoutCost(line), 0);
  layoutCosts.set(block, cost);
  return cost;
}

/** The first blocks, of about so many elements; the same array where these are all. */
export function firstBlocks(blocks: Block[], elements: number): Block[] {
  let left = elements;
  for (const [index, block] of blocks.entries()) {
    if (left <= 0) return blocks.slice(0, index);
    const parts = weights(block);
    const count = parts.findIndex((weight) => (left -= weight) < 0);
    if (count < 0 || block.kind !== 'html' || count + 1 >= parts.length) continue;
    return [...blocks.slice(0, index), { ...block, parts: block.parts.slice(0, count + 1) }];
  }
  return blocks;
}

const weightsOf = new WeakMap<HtmlBlock, number[]>();

/** The elements of each part. */
function weights(block: Block): number[] {
  if (block.kind === 'code') return [codeElements];
  if (block.kind === 'plain') return [1];
  const known = weightsOf.get(block);
  if (known !== undefined) return known;
  const counted = block.parts.map(elementsIn);
  weightsOf.set(block, counted);
  return counted;
}

/** Formulas are bounded by what they cost, see `parser.ts`. */
function elementsIn(html: string): number {
  let tags = 0;
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at + 1)) tags++;
  return tags / 2;
}
