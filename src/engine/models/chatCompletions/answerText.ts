import { fieldsOf, listOf, textOf } from '../server/json';

/** A repetition of fewer characters is taken for text: `ha`, `ha`, `haha`. */
const minRepeatedLength = 5;
/** If all of the text before it came in one piece. */
const minRepeatedPiece = 16;

/**
 * The text of one answer, from fragments. Most servers send each part once. Some repeat the whole text at the end,
 * or send all of it so far in each fragment: a fragment that begins with the whole text so far is held back until
 * the next one, or the end, shows what it is.
 */
export class AnswerText {
  #text = '';
  #pieces = 0;
  /** A fragment that begins with the text so far. */
  #held = '';
  #isCumulative = false;

  /** All that was passed on. */
  get text(): string {
    return this.#text;
  }

  /** Returns the text that can be passed on now. */
  add(fragment: string): string {
    if (fragment === '') return '';
    if (this.#isCumulative && fragment.startsWith(this.#text)) return this.#replace(fragment);
    if (this.#held) {
      const grew = this.#held.length > this.#text.length && fragment.length > this.#held.length;
      if (grew && fragment.startsWith(this.#held)) {
        this.#isCumulative = true;
        return this.#replace(fragment);
      }
      const held = this.#held;
      this.#held = '';
      return this.#append(held) + this.#append(fragment);
    }
    if (!this.#mayRepeat(fragment)) return this.#append(fragment);
    this.#held = fragment;
    return '';
  }

  /** The whole text as the server has it now, besides the fragments. Returns what was not passed on yet. */
  settle(whole: string): string {
    if (!whole.startsWith(this.#text)) return '';
    return this.#replace(whole);
  }

  /** The rest of the text, after the last fragment. */
  end(): string {
    const held = this.#held;
    this.#held = '';
    if (held === '') return '';
    return this.#text.length < minRepeatedLength ? this.#append(held) : this.#replace(held);
  }

  #mayRepeat(fragment: string): boolean {
    const { length } = this.#text;
    if (fragment.length < length || length === 0 || !fragment.startsWith(this.#text)) return false;
    if (this.#text.trim() === '') return false;
    if (fragment.length > length) return true;
    return this.#pieces > 1 ? length >= minRepeatedLength : length >= minRepeatedPiece;
  }

  #append(fragment: string): string {
    this.#text += fragment;
    this.#pieces++;
    return fragment;
  }

  #replace(whole: string): string {
    const added = whole.slice(this.#text.length);
    this.#held = '';
    this.#text = whole;
    if (added) this.#pieces++;
    return added;
  }
}

/** The text of a message's `content`: a string, a part or a list of parts. Parts of other types are left out. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) return listOf(content).map(contentText).join('');
  const { type, text } = fieldsOf(content);
  if (type !== undefined && type !== 'text' && type !== 'output_text') return '';
  return typeof text === 'object' ? textOf(fieldsOf(text)['value']) : textOf(text);
}
