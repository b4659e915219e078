import { nextTick } from 'node:process';
import { TimeSlices } from './timeSlices';

/** That many requests may begin at once, before any of them has taken time. */
const maxAtOnce = 32;

/** Lets requests begin one after the other, as many at each turn of the event loop as fit in a slice of time. */
export class RequestTurns {
  readonly #slices = new TimeSlices();
  readonly #waiting: (() => void)[] = [];
  /** Of those since the last slice began, how many did not have to wait. */
  #begun = 0;

  /** Resolves when a request may begin: those that came first have begun, and the process has done other work. */
  async next(): Promise<void> {
    const mayBegin = this.#waiting.length === 0 && this.#begun < maxAtOnce && !this.#slices.isOver;
    if (mayBegin) this.#begun++;
    else await this.wait();
  }

  /** The same, at another turn of the event loop at the earliest. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1) void this.#admit();
    });
  }

  async #admit(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#slices.next();
      this.#begun = 0;
      do {
        this.#waiting[0]!();
        // Until nothing that it has begun can go on at once.
        await new Promise<void>((resolve) => void nextTick(resolve));
        this.#waiting.shift();
      } while (this.#waiting.length > 0 && !this.#slices.isOver);
    }
  }
}
