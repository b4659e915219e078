import { nextTick } from 'node:process';
import { TimeSlices } from './timeSlices';

/** Lets requests begin one after the other, as many at each turn of the event loop as fit in a slice of time. */
export class RequestTurns {
  readonly #slices = new TimeSlices();
  readonly #waiting: (() => void)[] = [];

  /** Resolves when a request may begin: those that came first have begun, and the process has done other work. */
  async next(): Promise<void> {
    if (this.#waiting.length === 0 && !this.#slices.isOver) return;
    await this.wait();
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
      do {
        this.#waiting[0]!();
        // Until nothing that it has begun can go on at once.
        await new Promise<void>((resolve) => void nextTick(resolve));
        this.#waiting.shift();
      } while (this.#waiting.length > 0 && !this.#slices.isOver);
    }
  }
}
