const percentStep = 10;

/** Reports the progress of work on the files that an earlier version has indexed, to the log. */
export class FilesProgress {
  #total = 0;
  #reported = 0;

  constructor(
    private readonly what: string,
    /** The number of files that are left. */
    private readonly left: () => number,
    private readonly log: (message: string) => void,
  ) {}

  /** Call this before the work and after each piece of it. */
  update(): void {
    const left = this.left();
    if (left > this.#total) {
      this.#total = left;
      this.#reported = 0;
      this.log(`${this.what}: ${left} ${left === 1 ? 'file' : 'files'}. Files can be searched meanwhile.`);
    }
    if (this.#total === 0) return;
    const percent = Math.floor(((this.#total - left) / this.#total) * (100 / percentStep)) * percentStep;
    if (percent > this.#reported) this.log(`${this.what}: ${left === 0 ? 'done' : `${percent} %`}.`);
    this.#reported = percent;
    if (left === 0) this.#total = 0;
  }
}
