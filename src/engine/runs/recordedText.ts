import { scrub } from '../models/modelErrors';

/** Maximum length of a recorded request or response, in characters. */
export const maxRecordedLength = 1024 * 1024;

/** Further characters that are held of each half of a long text, so that no secret is cut before it is removed. */
const slack = 4096;

/** The lengths to which the texts in a long request are shortened, until it fits. */
const lengthsOfTexts = [64, 16, 4, 1].map((thousand) => thousand * 1024);

/** The beginning of a data URL that is kept. */
const shownOfDataUrl = 64;

/** A text that arrives in pieces, of which the beginning and the end are held. */
export class PartialText {
  #head = '';
  #tail: string[] = [];
  #tailLength = 0;
  #dropped = 0;

  constructor(private readonly limit = maxRecordedLength) {}

  add(piece: string): void {
    const half = this.limit / 2 + slack;
    const room = Math.max(0, half - this.#head.length);
    this.#head += piece.slice(0, room);
    if (piece.length <= room) return;
    this.#tail.push(piece.slice(room));
    this.#tailLength += piece.length - room;
    for (let [first] = this.#tail; first !== undefined; [first] = this.#tail) {
      if (this.#tailLength - first.length < half) break;
      this.#tail.shift();
      this.#tailLength -= first.length;
      this.#dropped += first.length;
    }
  }

  /** The text without secrets and shortened. */
  text(secrets: readonly string[]): string {
    const clean = (text: string): string => scrub(shortenDataUrls(text), secrets);
    const tail = this.#tail.join('');
    if (this.#dropped === 0) return cutMiddle(clean(this.#head + tail), this.limit);
    return joinEnds(clean(this.#head), clean(tail), this.#dropped, this.limit);
  }
}

/** The body of a request without secrets and shortened. What was JSON stays JSON, unless it has too many texts. */
export function recordedBody(body: string, secrets: readonly string[], limit = maxRecordedLength): string {
  const text = scrub(shortenDataUrls(body), secrets);
  if (text.length <= limit) return text;
  for (const length of lengthsOfTexts) {
    const shorter = withShorterTexts(text, length);
    if (shorter !== undefined && shorter.length <= limit) return shorter;
  }
  return cutMiddle(text, limit);
}

/** Secrets in the forms in which they can occur in JSON and in addresses. */
export function formsOf(secrets: Iterable<string>): string[] {
  return [...secrets].flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
  ]);
}

/** A URL without user, password and the values of parameters that look like keys. */
export function recordedUrl(text: string, secrets: readonly string[]): string {
  if (!URL.canParse(text)) return scrub(text, secrets);
  const url = new URL(text);
  url.username = url.password = '';
  for (const name of new Set(url.searchParams.keys()))
    if (/key|token|secret|sig|auth|pass/i.test(name)) url.searchParams.set(name, '…');
  return scrub(url.href, secrets);
}

const dataUrl = /data:[\w.+-]+\/[\w.+-]+(?:;[\w.+=-]+)*;base64,/g;

/** Shortens long `data:` URLs, as of images, and says how long they were. */
function shortenDataUrls(text: string): string {
  if (!text.includes(';base64,')) return text;
  let short = '';
  let done = 0;
  for (const { index, 0: start } of text.matchAll(dataUrl)) {
    if (index < done) continue;
    const from = index + start.length;
    // Searched for and not matched as a whole, which takes V8 too much memory for a large image.
    const others = /[^\w+/=-]/g;
    others.lastIndex = from;
    const end = others.exec(text)?.index ?? text.length;
    if (end - from <= 2 * shownOfDataUrl) continue;
    short += `${text.slice(done, from + shownOfDataUrl)}… (${end - index} characters)`;
    done = end;
  }
  return short + text.slice(done);
}

/** JSON whose texts are no longer than `length`; undefined if it is none. */
function withShorterTexts(json: string, length: number): string | undefined {
  try {
    return JSON.stringify(JSON.parse(json), (_, value: unknown) =>
      typeof value === 'string' ? cutMiddle(value, length) : value,
    );
  } catch {
    return undefined;
  }
}

function cutMiddle(text: string, limit: number): string {
  return text.length <= limit ? text : joinEnds(text, text, text.length - limit, limit);
}

/** The beginning of one text and the end of another, with a note of what is missing between them. */
function joinEnds(head: string, tail: string, missing: number, limit: number): string {
  const half = Math.floor(limit / 2);
  return `${head.slice(0, half)}\n… ${missing} characters left out …\n${tail.slice(-half)}`;
}
