/** The most names that are reported. */
const maxNames = 100;
const maxNameLength = 120;

/** Fields whose values follow from others. */
const computed: ReadonlySet<string> = new Set([
  'file.status',
  'file.status_details',
  'vector_store.usage_bytes',
  'vector_store.file_counts',
  'vector_store.expires_at',
  'vector_store.embedding_model',
  'vector_store.file.usage_bytes',
  'vector_store.file.embedding_error',
  'vector_store.file.hosted_error',
  'thread.run.required_action',
  'thread.run.step.type',
]);

/** Collects the names of fields that an import has and that are not stored, such as `thread.message.foo`. */
export class IgnoredFields {
  readonly #names = new Set<string>();

  get names(): string[] {
    return [...this.#names].sort();
  }

  /** Compares an object with what was read of it. */
  compare(name: string, given: unknown, read: unknown): void {
    if (this.#names.size >= maxNames || typeof given !== 'object' || given === null) return;
    if (typeof read !== 'object' || read === null) return;
    if (Array.isArray(given)) {
      if (Array.isArray(read) && read.length === given.length)
        given.forEach((item, at) => this.compare(name, item, read[at]));
      return;
    }
    for (const [key, value] of Object.entries(given)) {
      const field = `${name}.${key}`.slice(0, maxNameLength);
      if (Object.hasOwn(read, key)) this.compare(field, value, (read as Record<string, unknown>)[key]);
      else if (value !== null && !computed.has(field) && this.#names.size < maxNames) this.#names.add(field);
    }
  }
}
