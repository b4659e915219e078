/** What a model's server turned out to accept of a thread's past. */
export interface ReplayTraits {
  /** It wants ids of nine letters and digits. */
  shortIds?: boolean;
  /** It rejects calls of tools that a request does not have. */
  callsAsText?: boolean;
  /** How many images it accepts; 0 if the model does not see any. */
  maxImages?: number;
  /**
   * Which turns it accepts reasoning with: those of the current run, or none; `all` if it demands reasoning
   * with every turn. By default, turns of runs that called tools.
   */
  reasoning?: 'run' | 'none' | 'all';
  /** It demands Google's thought signatures with calls. */
  signatures?: boolean;
}
