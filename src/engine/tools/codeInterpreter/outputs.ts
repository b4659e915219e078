import { createHash } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';

/** An output of a call. */
export type CodeOutput =
  | { type: 'logs'; logs: string }
  /** PNG, JPEG, GIF or WebP, verified by the signature in `data`; `name` comes from Python. */
  | { type: 'image'; name: string; data: Uint8Array };

const maxImages = 20;
/** Larger images are not shown. */
export const maxImageBytes = 10 * 1024 * 1024;

/** Collects the outputs of one call in order, and enforces their limits whatever the child sends. */
export class Outputs {
  readonly #all: CodeOutput[] = [];
  readonly #decoders = { out: new StringDecoder('utf8'), err: new StringDecoder('utf8') };
  #bytes = 0;
  #images = 0;
  /** The hashes of the images so far. */
  readonly #shown = new Set<string>();

  constructor(
    private readonly limitBytes: number,
    private readonly onOutput: (output: CodeOutput) => void,
  ) {}

  /** Adds text that Python wrote. */
  text(stream: 'out' | 'err', bytes: Uint8Array): void {
    const left = this.limitBytes - this.#bytes;
    if (left < 0) return;
    this.#bytes += bytes.length;
    this.#add(this.#decoders[stream].write(bytes.subarray(0, left)));
    if (this.#bytes <= this.limitBytes) return;
    // Drops the first half of a character that was cut in two.
    this.#decoders[stream] = new StringDecoder('utf8');
    this.note(`Output is truncated here: it is longer than ${size(this.limitBytes)}`);
  }

  /** Adds a note for the model and the user: a sentence without its full stop. */
  note(sentence: string): void {
    const last = this.#all.at(-1);
    const newLine = last?.type === 'logs' && !last.logs.endsWith('\n') ? '\n' : '';
    this.#add(`${newLine}[${sentence}.]\n`);
  }

  /** Adds the image of a file, unless one with the same content is shown already. */
  imageFile(name: string, data: Uint8Array): void {
    if (!this.#shown.has(hashOf(data))) this.image(name, data);
  }

  image(name: string, data: Uint8Array): void {
    if (!isImage(data)) return;
    this.#shown.add(hashOf(data));
    this.#images += 1;
    if (this.#images > maxImages + 1) return;
    if (this.#images > maxImages) return this.note(`No more than ${maxImages} images are shown`);
    const output: CodeOutput = { type: 'image', name, data };
    this.#all.push(output);
    this.onOutput(output);
  }

  /** Returns all outputs; nothing may be added afterwards. */
  end(): CodeOutput[] {
    for (const decoder of Object.values(this.#decoders)) this.#add(decoder.end());
    return this.#all;
  }

  #add(logs: string): void {
    if (logs === '') return;
    const last = this.#all.at(-1);
    if (last?.type === 'logs') last.logs += logs;
    else this.#all.push({ type: 'logs', logs });
    this.onOutput({ type: 'logs', logs });
  }
}

/** A size for display: “512 KB”, “256 MB”. */
export function size(bytes: number): string {
  const megabytes = bytes / 1024 / 1024;
  return megabytes >= 1 ? `${Math.round(megabytes)} MB` : `${Math.round(bytes / 1024)} KB`;
}

const signatures = [/^\x89PNG\r\n/, /^\xff\xd8\xff/, /^GIF8[79]a/, /^RIFF....WEBP/s];

/** Whether data is an image of a supported type, by its signature. */
export function isImage(data: Uint8Array): boolean {
  const begin = Buffer.from(data.subarray(0, 12)).toString('latin1');
  return signatures.some((signature) => signature.test(begin));
}

function hashOf(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('base64');
}

export function isJpeg(data: Uint8Array): boolean {
  return data[0] === 0xff && data[1] === 0xd8;
}

/** A name within a sentence. */
export function oneLine(name: string): string {
  return name.replace(/[\p{Cc}\p{Cs}]+/gu, ' ');
}

const maxNamed = 10;

/** Notes something about names: the first ones with a note each, the others counted. */
export function noteEach(
  names: readonly string[],
  outputs: Outputs,
  sentence: (name: string) => string,
): void {
  for (const name of names.slice(0, maxNamed)) outputs.note(sentence(`“${oneLine(name)}” was`));
  if (names.length > maxNamed) outputs.note(sentence(`${names.length - maxNamed} more were`));
}
