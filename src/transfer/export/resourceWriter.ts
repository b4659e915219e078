import { resources, type Kind } from '../objects';
import type { ExportTarget } from './targets';

/** A page of an export ends after so many characters or objects. */
const maxPageLength = 8_000_000;
const maxPageObjects = 10_000;

/** Writes the objects of one kind as lists, in pages: `messages.json`, `messages-2.json`. */
export class ResourceWriter {
  #lines: string[] = [];
  #length = 0;
  #pages = 0;
  count = 0;

  constructor(
    private readonly target: ExportTarget,
    private readonly kind: Kind,
  ) {}

  async add(object: object): Promise<void> {
    const line = JSON.stringify(object);
    this.#lines.push(line);
    this.#length += line.length;
    this.count++;
    if (this.#length >= maxPageLength || this.#lines.length >= maxPageObjects) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const number = ++this.#pages;
    const name = number === 1 ? resources[this.kind] : `${resources[this.kind]}-${number}`;
    const text = `{"object":"list","data":[\n${this.#lines.join(',\n')}\n],"has_more":false}\n`;
    this.#lines = [];
    this.#length = 0;
    await this.target.write(`${name}.json`, text);
  }
}
