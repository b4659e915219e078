const percentStep = 10;

/** What earlier versions wrote differently, and how the log calls its update. */
const titles = {
  words: 'Updating the words of the search index',
  vectors: 'Converting the vectors of an earlier version',
};

/**
 * Called while a search index that an earlier version has written is brought up to date, with the share that is done,
 * from 0 to 1. It is also 1 if the update stops before its end.
 */
export type OnIndexUpdate = (what: keyof typeof titles, done: number) => void;

/** Reports the progress of work on the files that an earlier version has indexed. */
export class FilesProgress {
  #total = 0;
  #percent = 0;

  constructor(
    private readonly what: keyof typeof titles,
    /** The number of files that are left. */
    private readonly left: () => number,
    private readonly log: (message: string) => void,
    private readonly onUpdate: OnIndexUpdate = () => undefined,
  ) {}

  /** Call this before the work and after each piece of it. */
  update(): void {
    const left = this.left();
    const title = titles[this.what];
    if (left > this.#total) {
      this.#total = left;
      this.#percent = 0;
      this.log(`${title}: ${left} ${left === 1 ? 'file' : 'files'}. Files can be searched meanwhile.`);
      this.onUpdate(this.what, 0);
    }
    if (this.#total === 0) return;
    const before = this.#percent;
    this.#percent = Math.floor(((this.#total - left) / this.#total) * 100);
    if (this.#percent === before) return;
    this.onUpdate(this.what, this.#percent / 100);
    const logged = stepOf(this.#percent);
    if (logged > stepOf(before)) this.log(`${title}: ${left === 0 ? 'done' : `${logged} %`}.`);
    if (left === 0) this.#total = 0;
  }

  /** Call this if the work stops before its end. */
  stop(): void {
    if (this.#total > 0) this.onUpdate(this.what, 1);
    this.#total = 0;
  }
}

function stepOf(percent: number): number {
  return Math.floor(percent / percentStep) * percentStep;
}
