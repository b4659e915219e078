import { isDeepStrictEqual } from 'node:util';

/** What some servers send first and replace when the arguments are known. */
const placeholder = /^\s*(\{\s*\}?|null|"")?\s*$/;
const maxPlaceholderLength = 16;

/**
 * The arguments of a call, from fragments. Most servers send each part once. Some repeat all arguments in the
 * last fragment or send everything so far in each, and some begin with `{}`: such a fragment and those after it
 * are held back until the end, when it is clear what they are.
 */
export class CallArguments {
  /** The text up to the first fragment that may be a repetition. */
  #text = '';
  #isPassedOn = false;
  /** The last character of the text that is not white space. */
  #last = '';
  /** From the first fragment that may be a repetition: all joined, and the text if each repeats what it replaces. */
  #held: { joined: string; whole: string } | undefined;

  /** Whether they are complete: nothing that follows can belong to them, except a repetition. */
  get complete(): boolean {
    return (this.#last === '}' || this.#last === ']') && parsed(this.#text) !== undefined;
  }

  /** Whether there are none yet, or only a placeholder for them. */
  get empty(): boolean {
    return this.#text.length <= maxPlaceholderLength && placeholder.test(this.#text) && !this.#held;
  }

  /** Whether a fragment is an object of its own: complete, and another one than these arguments. */
  isFollowedBy(fragment: string): boolean {
    const other = parsed(fragment);
    return other !== undefined && !isDeepStrictEqual(other, parsed(this.#text));
  }

  /** Returns the text that can be passed on now. `isWhole` if the fragment replaces the earlier ones. */
  add(fragment: string, isWhole = false): string {
    if (fragment === '') return '';
    if (this.#held) {
      const { joined, whole } = this.#held;
      const replaces = isWhole || repeats(fragment, whole) || repeats(fragment, this.#text, joined);
      this.#held = { joined: joined + fragment, whole: replaces ? fragment : whole + fragment };
      return '';
    }
    if (this.#last !== '' && (isWhole || repeats(fragment, this.#text) || this.#restarts(fragment))) {
      this.#held = { joined: fragment, whole: fragment };
      return '';
    }
    this.#text += fragment;
    this.#last = fragment.trimEnd().at(-1) ?? this.#last;
    if (isWhole || (!this.#isPassedOn && this.empty)) return '';
    const added = this.#isPassedOn ? fragment : this.#text;
    this.#isPassedOn = true;
    return added;
  }

  /** The rest, where the server sends all arguments again after the fragments. */
  settle(whole: string): string {
    if (whole === '') return this.end();
    if (!this.#isPassedOn) return whole;
    return whole.startsWith(this.#text) ? whole.slice(this.#text.length) : this.end();
  }

  /** The rest of the text, after the last fragment. */
  end(): string {
    const text = this.#resolved();
    return this.#isPassedOn ? text.slice(this.#text.length) : text;
  }

  /** Whether the text is complete, or a placeholder, and another object begins. */
  #restarts(fragment: string): boolean {
    return fragment.trimStart().startsWith('{') && (this.empty || this.complete);
  }

  #resolved(): string {
    if (!this.#held) return this.#text;
    const { joined, whole } = this.#held;
    const all = this.#text + joined;
    const last = parsed(whole);
    if (last !== undefined) {
      if (!this.#isPassedOn || whole.startsWith(this.#text)) return whole;
      if (isDeepStrictEqual(last, parsed(this.#text))) return this.#text;
    }
    return all;
  }
}

/** Whether a fragment begins with the text, and what follows it, if given. */
function repeats(fragment: string, text: string, rest = ''): boolean {
  return fragment.length >= text.length + rest.length && fragment.startsWith(text + rest);
}

/** The value of JSON, in a list; undefined if it is not JSON. */
function parsed(json: string): [unknown] | undefined {
  try {
    return [JSON.parse(json)];
  } catch {
    return undefined;
  }
}
