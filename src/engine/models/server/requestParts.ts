import type { ModelEvent, ModelMemory, ModelTraits } from '../modelProvider';
import type { Replay } from '../replay/replay';
import {
  rejectedParts,
  tokenLimits,
  type MessageForm,
  type Part,
  type Rejection,
  type SentParts,
  type TokenLimit,
} from './rejectedParts';

/** Rejected values that are remembered, for they can be many. */
const maxValues = 20;

/**
 * What a server rejects in requests to a model. An entry is a part, a part with a value (`temperature=1.5`,
 * `max_tokens>=9000`) or a part beside another (`top_p+temperature`).
 */
export class Rejections {
  readonly #memory: ModelMemory;
  #traits: ModelTraits;
  #learned = false;

  constructor(memory: ModelMemory) {
    this.#memory = memory;
    this.#traits = memory.get();
  }

  has(part: Part, value?: string): boolean {
    return this.#entries.some((entry) => {
      const [, name, relation, limit] = /^([\w.]+)(?:(=|>=|<=)(.*))?$/s.exec(entry) ?? [];
      if (name !== part) return false;
      if (relation === undefined) return true;
      if (relation === '=' || value === undefined) return limit === value;
      return relation === '>=' ? Number(value) >= Number(limit) : Number(value) <= Number(limit);
    });
  }

  hasBeside(part: Part, other: Part): boolean {
    return this.#entries.includes(`${part}+${other}`);
  }

  /** The name of the token limit that the server has asked for. */
  get tokenLimit(): TokenLimit | undefined {
    return tokenLimits.find((name) => name === this.#traits['tokenLimit']);
  }

  /** Learns which of the sent parts an error is about. Returns false if it is about none. */
  learn(error: unknown, sent: SentParts): boolean {
    const rejections = rejectedParts(error, sent);
    for (const rejection of rejections) this.#add(rejection, sent.get(rejection.part));
    return rejections.length > 0;
  }

  /** Remembers what was learned. Called when the server has accepted a request without the rejected parts. */
  save(): void {
    if (!this.#learned) return;
    this.#learned = false;
    const { rejects = [] } = this.#traits;
    const { tokenLimit } = this;
    const values = rejects.filter((entry) => /[=]/.test(entry)).slice(-maxValues);
    const kept = rejects.filter((entry) => !/[=]/.test(entry) || values.includes(entry));
    const others = (this.#memory.get().rejects ?? []).filter((entry) => !kept.includes(entry));
    this.#memory.set({
      rejects: [...others.filter((entry) => !/[=]/.test(entry)), ...kept],
      ...(tokenLimit !== undefined && { tokenLimit }),
    });
  }

  get #entries(): readonly string[] {
    return this.#traits.rejects ?? [];
  }

  #add({ part, scope, instead }: Rejection, value: string | undefined): void {
    const relations = { value: '=', 'value or more': '>=', 'value or less': '<=' };
    const entry =
      scope === 'always'
        ? part
        : scope === 'beside temperature'
          ? `${part}+temperature`
          : `${part}${relations[scope]}${value ?? ''}`;
    this.#traits = {
      ...this.#traits,
      rejects: [...this.#entries, entry],
      ...(instead && { tokenLimit: instead }),
    };
    this.#learned = true;
  }
}

/** The parts of one request: those that are sent, and those that are left out because the server rejects them. */
export class RequestParts {
  readonly sent = new Map<Part, string | undefined>();
  readonly #omitted = new Set<string>();

  constructor(readonly rejections: Rejections) {}

  /** What the request is sent without. */
  get omitted(): string[] {
    return [...this.#omitted];
  }

  /** Whether a part is sent; it is recorded as sent or as left out, under the name that clients see. */
  sends(part: Part, value?: string, name: string = part): boolean {
    if (this.rejections.has(part, value)) {
      this.#omitted.add(name);
      return false;
    }
    this.sent.set(part, value);
    return true;
  }

  /** The value of a parameter; undefined if it is not set or left out. */
  value<T extends string | number | boolean>(part: Part, value: T | undefined): T | undefined {
    return value !== undefined && this.sends(part, String(value)) ? value : undefined;
  }

  /** Whether messages are sent in a form, of which nothing is lost in another one. */
  keeps(form: MessageForm, value?: string): boolean {
    if (this.rejections.has(form)) return false;
    this.sent.set(form, value);
    return true;
  }

  omit(name: string): void {
    this.#omitted.add(name);
  }
}

/** The server has accepted a request: remembers what was learned, and reports what the request was sent without. */
export function* accepted(replay: Replay, parts: RequestParts): Generator<ModelEvent> {
  parts.rejections.save();
  yield* replay.accepted();
  if (parts.omitted.length > 0) yield { type: 'omitted', parts: parts.omitted };
}

/** Memory for providers that are used without one: it lasts as long as the provider. */
export class TransientMemories {
  readonly #traits = new Map<string, ModelTraits>();

  of(model: string): ModelMemory {
    return {
      get: () => this.#traits.get(model) ?? {},
      set: (traits) => this.#traits.set(model, { ...this.#traits.get(model), ...traits }),
    };
  }
}
