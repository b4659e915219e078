/**
 * Bounds the work of reading a text as Markdown. The parser takes about as long as a text is long, but
 * some texts, of thousands of open brackets, take it a hundred times as long.
 */
import type MarkdownIt from 'markdown-it';

/** What a parse counts its work in. */
export interface WorkEnv {
  /** Units of work so far, of about 20 nanoseconds each. */
  work?: number;
}

/** Units of work that a text may take: twice what 100 kB that mean no harm take at most. */
const maxWork = 4_000_000;

/** Units of trying all rules at one place of the text, and of passing a place that was tried before. */
const costOfRules = 20;
const costOfSkipping = 1;

/** Thrown by a parser whose text takes too much work. */
export class TooMuchWorkError extends Error {
  override readonly name = 'TooMuchWorkError';

  constructor() {
    super('The text takes too long to read as Markdown.');
  }
}

/** Has the parser throw a {@link TooMuchWorkError} where a text takes too much work. */
export function limitWork(md: MarkdownIt): void {
  // The first rule of a kind is tried at every place.
  const tryRules = ({ env }: { env: unknown }): false => {
    spend(env as WorkEnv, costOfRules);
    return false;
  };
  const alt = ['paragraph', 'reference', 'blockquote', 'list'];
  md.block.ruler.before('table', 'work', tryRules, { alt });
  md.inline.ruler.before('text', 'work', tryRules);

  // Each open bracket passes all places up to its closing one.
  const skipToken = md.inline.skipToken.bind(md.inline);
  md.inline.skipToken = (state) => {
    spend(state.env as WorkEnv, costOfSkipping);
    skipToken(state);
  };
}

/** Counts work of a parse; throws a {@link TooMuchWorkError} if that is too much. */
export function spend(env: WorkEnv, units: number): void {
  env.work = (env.work ?? 0) + units;
  if (env.work > maxWork) throw new TooMuchWorkError();
}
