/**
 * The name of a called function, from fragments. Some servers cut it (`get_`, `weather`), some repeat it in each
 * fragment (`get_weather`, `get_weather`) or send all of it so far (`get_`, `get_weather`).
 */
export class CallName {
  #name = '';

  /** `known` are the names of the functions that the model can call. */
  constructor(private readonly known: readonly string[]) {}

  get text(): string {
    return this.#name;
  }

  /** Whether no further fragment can change it. */
  get settled(): boolean {
    return this.#isKnown(this.#name) && !this.#isBegun(this.#name);
  }

  /** Whether it is the beginning of a longer known name and no name itself. */
  get partial(): boolean {
    return !this.#isKnown(this.#name) && this.#isBegun(this.#name);
  }

  add(fragment: string): void {
    if (fragment === '') return;
    const joined = this.#name + fragment;
    const candidates = fragment.startsWith(this.#name) ? [fragment, joined] : [joined];
    this.#name =
      candidates.find((name) => this.#isKnown(name)) ??
      candidates.find((name) => this.#isBegun(name)) ??
      // An unknown function: a cut name is more probable than another name.
      candidates[0] ??
      joined;
  }

  /** Whether a fragment names another function than this one: it continues no name, and begins one. */
  isOther(fragment: string): boolean {
    if (fragment === '' || this.#name === '' || fragment.startsWith(this.#name)) return false;
    const joined = this.#name + fragment;
    if (this.#isKnown(joined) || this.#isBegun(joined)) return false;
    return this.#isKnown(fragment) || this.#isKnown(this.#name);
  }

  #isKnown(name: string): boolean {
    return this.known.includes(name);
  }

  #isBegun(name: string): boolean {
    return this.known.some((one) => one.length > name.length && one.startsWith(name));
  }
}
