import type { ModelMessage } from '../../models/modelProvider';
import type { SentTurn, Turn } from './threadHistory';

/** The number of turns of a block. */
const blockLength = 128;

/** What is sent of a turn, and whether that can be kept. */
export interface BlockTurn extends SentTurn {
  /** The limit of its outputs; undefined if it has none. */
  limit: number | undefined;
  /** Whether it stays the same for the next prompt. */
  isLasting: boolean;
}

/** Consecutive turns that stay the same, so that the prompts of a long thread need not look at each of them. */
export interface TurnBlock extends SentTurn {
  /** Newest first. */
  turns: readonly Turn[];
  /** The ids of the turns. */
  ids: ReadonlySet<string>;
  /** The number of their messages. */
  count: number;
  /** The limit of their outputs; undefined if they have none. */
  limit: number | undefined;
}

/** Collects turns, newest first, until they make up a block. */
export class BlockBuilder {
  #turns: Turn[] = [];
  #sent: BlockTurn[] = [];
  #limit: number | undefined;

  /** Returns the block that the turn completes. */
  add(turn: Turn, sent: BlockTurn): TurnBlock | undefined {
    // NaN is a limit of its own for each of the outputs.
    if (!sent.isLasting || Number.isNaN(sent.limit)) {
      this.restart();
      return undefined;
    }
    if (sent.limit !== undefined && this.#limit !== undefined && sent.limit !== this.#limit) this.restart();
    this.#limit ??= sent.limit;
    this.#turns.push(turn);
    this.#sent.push(sent);
    return this.#turns.length < blockLength ? undefined : this.#block();
  }

  /** Begins anew: the next turn does not follow the last one. */
  restart(): void {
    this.#turns = [];
    this.#sent = [];
    this.#limit = undefined;
  }

  #block(): TurnBlock {
    const turns = this.#turns;
    const sent = this.#sent;
    const limit = this.#limit;
    this.restart();
    return {
      turns,
      ids: new Set(turns.map(({ id }) => id)),
      messages: sent.toReversed().flatMap((one): readonly ModelMessage[] => one.messages),
      tokens: sum(sent, (one) => one.tokens),
      shortened: sum(sent, (one) => one.shortened),
      count: sum(turns, (turn) => turn.count),
      limit,
    };
  }
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}
