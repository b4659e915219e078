import type { ModelEvent, ModelSource } from '../modelProvider';
import { CodeSpans } from './codeSpans';

/** How models mark reasoning in their text: the mark that opens it, and the one that closes it. In lower case. */
const marks: readonly (readonly [open: string, close: string])[] = [
  ['<think>', '</think>'],
  ['<thinking>', '</thinking>'],
  ['<thought>', '</thought>'],
  ['<reasoning>', '</reasoning>'],
  ['<seed:think>', '</seed:think>'],
  ['[think]', '[/think]'],
  ['◁think▷', '◁/think▷'],
  ['<|start_thinking|>', '<|end_thinking|>'],
  ['<|channel>thought', '<channel|>'],
  ['<|channel|>analysis<|message|>', '<|end|>'],
];

/** Marks before the answer that belong to no text. */
const noise = ['<|start|>assistant', '<|channel|>final<|message|>', '<|start_response|>'];

/** Chat templates may put the opening mark of these into the prompt, so that the text has only the closing one. */
const loneCloses = ['</think>', '</thinking>', '</seed:think>', '[/think]', '◁/think▷'];

const startMarks = [...marks.map(([open]) => open), ...noise, ...loneCloses];
const answerMarks = ['<think>', '<thinking>', '[think]', ...loneCloses];
const answerMark = /<\/?think(?:ing)?>|<\/seed:think>|\[\/?think\]|◁\/think▷/i;

/** Space after a mark that is waited for, at most. */
const maxSpace = 8;

/**
 * Finds the reasoning that a model writes into its text: between marks at the start of the turn, or before a
 * closing mark alone. A mark within code, or that a sentence is about, is text. Takes the events of one turn.
 */
export class ThinkTags {
  #place: 'start' | 'reasoning' | 'answer' = 'start';
  /** The mark that closes the present reasoning. */
  #close = '';
  /** Whether the present reasoning has only space so far. */
  #isBlank = true;
  /** What separates it from the reasoning before. */
  #separator = '';
  /** Space at the start of the turn, or after reasoning: it is emitted only if more of the same follows. */
  #space = '';
  /** The end of the text that was not emitted yet, since it may be part of a mark. */
  #held = '';
  /** Whether a closing mark would make all text so far reasoning. */
  #mayClose = true;
  /** UTF-16 units that were emitted as text, and that were removed before it. */
  #emitted = 0;
  #removed = 0;
  readonly #code = new CodeSpans();
  /** Text that was emitted and is not read for code yet: only a closing mark asks where code is. */
  #unread = '';

  *through(events: Iterable<ModelEvent>): Generator<ModelEvent> {
    for (const event of events) {
      if (event.type === 'text') {
        this.#held += event.text;
        yield* this.#read(false);
      } else yield* this.#other(event);
    }
  }

  *#other(event: ModelEvent): Generator<ModelEvent> {
    if (event.type === 'sources') {
      yield { type: 'sources', sources: event.sources.map((source) => this.#moved(source)) };
      return;
    }
    if (event.type === 'reasoning') {
      // This server separates it.
      this.#mayClose &&= event.text === '';
    } else if (event.type !== 'usage' && event.type !== 'omitted') {
      yield* this.#read(true);
      // The text before a call is a message of its own by now.
      this.#mayClose &&= event.type === 'provider_state';
    }
    yield event;
  }

  /** Emits what is held, except for a possible mark at its end; everything if `whole` is set. */
  *#read(whole: boolean): Generator<ModelEvent> {
    let before: string;
    do {
      before = `${this.#place} ${this.#held.length}`;
      if (this.#place === 'start') this.#readStart(whole);
      else if (this.#place === 'reasoning') yield* this.#readReasoning(whole);
      else yield* this.#readAnswer(whole);
    } while (this.#held !== '' && before !== `${this.#place} ${this.#held.length}`);
  }

  #readStart(whole: boolean): void {
    const text = this.#held.trimStart();
    this.#space += this.#held.slice(0, this.#held.length - text.length);
    this.#held = text;
    const start = text.slice(0, maxMark).toLowerCase();
    const pair = marks.find(([open]) => start.startsWith(open));
    const skipped = (this.#isSeparated ? [...noise, ...loneCloses] : noise).find((mark) =>
      start.startsWith(mark),
    );
    if (pair) {
      this.#remove(pair[0].length);
      this.#place = 'reasoning';
      this.#close = pair[1];
      this.#isBlank = true;
    } else if (skipped !== undefined) {
      this.#remove(skipped.length);
    } else if (whole || (text !== '' && !startMarks.some((mark) => mark.startsWith(start)))) {
      if (this.#isSeparated) this.#remove(0);
      this.#held = this.#space + this.#held;
      this.#space = '';
      if (this.#removed > 0) this.#mayClose = false;
      if (this.#held !== '') this.#place = 'answer';
    }
  }

  /** Whether reasoning was found before the answer. */
  get #isSeparated(): boolean {
    return this.#removed > 0 || !this.#mayClose;
  }

  /** Removes the beginning of what is held, and the space before it. */
  #remove(length: number): void {
    this.#removed += this.#space.length + length;
    this.#space = '';
    this.#held = this.#held.slice(length);
  }

  *#readReasoning(whole: boolean): Generator<ModelEvent> {
    const { at, length } = closeIn(this.#held, this.#close, whole);
    const piece = this.#held.slice(0, at);
    this.#held = this.#held.slice(at + length);
    this.#removed += at + length;
    const text = piece.trimEnd();
    if (text !== '') {
      const start = this.#isBlank ? this.#separator + text.trimStart() : this.#space + text;
      yield { type: 'reasoning', text: start };
      this.#separator = '\n\n';
      this.#isBlank = false;
      this.#space = '';
    }
    this.#space += piece.slice(text.length);
    if (length === 0) return;
    this.#space = '';
    this.#place = 'start';
  }

  *#readAnswer(whole: boolean): Generator<ModelEvent> {
    if (!this.#mayClose) {
      yield* this.#emit(this.#held.length);
      return;
    }
    const found = answerMark.exec(this.#held);
    if (!found) {
      yield* this.#emit(this.#held.length - (whole ? 0 : partialMark(this.#held, answerMarks)));
      return;
    }
    const [mark] = found;
    yield* this.#emit(found.index);
    const after = this.#held.slice(mark.length);
    // What follows tells a closing mark from one that a sentence is about.
    if (!whole && !/\n|\S/.test(after) && after.length < maxSpace) return;
    if (/^[<[◁]\//.test(mark)) {
      if (!this.#closes(after)) {
        yield* this.#emit(mark.length);
        return;
      }
      if (this.#emitted > 0) yield { type: 'text_was_reasoning' };
      this.#removed += this.#emitted;
      this.#remove(mark.length);
      this.#place = 'start';
    } else {
      yield* this.#emit(mark.length);
      // A text with an opening mark is about the marks.
      this.#mayClose = false;
    }
  }

  /** Emits the beginning of what is held as text. */
  *#emit(length: number): Generator<ModelEvent> {
    if (length === 0) return;
    const text = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    this.#emitted += length;
    if (this.#mayClose) this.#unread += text;
    yield { type: 'text', text };
  }

  /** Whether a closing mark after the text so far ends reasoning; `after` is what follows the mark. */
  #closes(after: string): boolean {
    this.#code.read(this.#unread);
    this.#unread = '';
    if (this.#code.inCode) return false;
    const before = this.#code.line;
    const isFollowedByWord = /^[ \t]+\p{Ll}/u.test(after);
    if (before.trim() === '') return !isFollowedByWord;
    if (/["'`“‘«「(]$/.test(before) || /^[.,;:!?)\]}"'`”’»」、。，；：！？）]/.test(after)) return false;
    if (/[.!?…:。！？：]["')\]*_”’»」]*\s*$/.test(before)) return !isFollowedByWord;
    return !/\s$/.test(before) && /^(?:[^\S\n]*\n|\S)/.test(after);
  }

  /** A source whose place counts in the text that is left. */
  #moved(source: ModelSource): ModelSource {
    const { start, end, ...page } = source;
    if (this.#removed === 0 || start === undefined || end === undefined) return source;
    if (start < this.#removed) return page;
    return { ...page, start: start - this.#removed, end: end - this.#removed };
  }
}

const maxMark = Math.max(...startMarks.map(({ length }) => length));

/** The length of the end of a text that may be the beginning of a mark. */
function partialMark(text: string, of: readonly string[]): number {
  const tail = text.slice(-maxMark).toLowerCase();
  for (let at = tail.length - 1; at >= 0; at--) {
    if (/[<[◁]/.test(tail[at] ?? '') && of.some((mark) => mark.startsWith(tail.slice(at))))
      return tail.length - at;
  }
  return 0;
}

/**
 * Where reasoning ends in a text: at its closing mark, which has this length; otherwise before what may be part
 * of it. A mark in quotation marks is part of the reasoning.
 */
function closeIn(text: string, close: string, whole: boolean): { at: number; length: number } {
  const lower = lowered(text);
  let at = lower.indexOf(close);
  for (; at >= 0; at = lower.indexOf(close, at + close.length)) {
    const [before, after] = [text[at - 1], text[at + close.length]];
    const isQuoted = before !== undefined && quotes.includes(before);
    if (isQuoted && after === undefined && !whole) return { at: at - 1, length: 0 };
    if (!isQuoted || after !== before) return { at, length: close.length };
  }
  if (whole) return { at: text.length, length: 0 };
  const rest = text.length - partialMark(text, [close]);
  return { at: quotes.includes(text[rest - 1] ?? ' ') ? rest - 1 : rest, length: 0 };
}

const quotes = '`"\'';

/** In lower case, at the same offsets: some letters are longer there. */
function lowered(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
