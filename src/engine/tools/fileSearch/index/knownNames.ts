/**
 * The words that names add to a text, by the code units of the names: in a text, few names make up most. Finding one
 * makes no string, of which V8 has so many kinds that it compiles code for them again and again.
 */
import type { UnitsWriter } from './unitsWriter';

const slotBits = 15;
/** A third of the slots, so that a name is in one of the first. */
const maxNames = 10_000;
const maxUnits = 2 ** 19;
/** What is in front of a name: its length and that of its words. */
const headerUnits = 2;

export class KnownNames {
  /** By the hash of a name, where it is in `#units`; 0 if the slot is free. */
  readonly #slots = new Int32Array(2 ** slotBits);
  /** The lengths, the name and its words of one name after the other. */
  readonly #units = new Uint16Array(maxUnits);
  #count = 0;
  /** Not 0, which stands for a free slot. */
  #end = 1;

  /** Writes the words of the name from `start` to `end`. Returns false if it is not known. */
  writeWords(output: UnitsWriter, text: Uint16Array, start: number, end: number): boolean {
    const at = this.#slots[this.#slotOf(text, start, end)]!;
    if (at === 0) return false;
    const units = this.#units;
    const words = at + headerUnits + units[at]!;
    output.write(units, words, words + units[at + 1]!);
    return true;
  }

  /** Notes the words of a name that is not known. */
  add(text: Uint16Array, start: number, end: number, words: string): void {
    const length = end - start;
    if (this.#count >= maxNames || this.#end + headerUnits + length + words.length > maxUnits) this.#clear();
    this.#slots[this.#slotOf(text, start, end)] = this.#end;
    this.#count++;
    const units = this.#units;
    units[this.#end++] = length;
    units[this.#end++] = words.length;
    for (let i = start; i < end; i++) units[this.#end++] = text[i]!;
    for (let i = 0; i < words.length; i++) units[this.#end++] = words.charCodeAt(i);
  }

  #clear(): void {
    this.#slots.fill(0);
    this.#count = 0;
    this.#end = 1;
  }

  /** The slot of a name, or the free one that it is to have. */
  #slotOf(text: Uint16Array, start: number, end: number): number {
    let hash = 0;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ text[i]!, 0x9e3779b1);
    const slots = this.#slots;
    let slot = hash >>> (32 - slotBits);
    for (; slots[slot] !== 0; slot = (slot + 1) % slots.length) {
      if (this.#isAt(slots[slot]!, text, start, end)) break;
    }
    return slot;
  }

  #isAt(at: number, text: Uint16Array, start: number, end: number): boolean {
    const units = this.#units;
    if (units[at] !== end - start) return false;
    const name = at + headerUnits - start;
    for (let i = start; i < end; i++) if (units[name + i] !== text[i]) return false;
    return true;
  }
}
