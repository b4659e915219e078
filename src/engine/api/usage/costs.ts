import { resolveModel } from '../../models/connections';
import type { ModelPrice } from '../../models/prices';
import { modelMemory } from '../../runs/modelMemory';
import type { UsageCounts, UsageRow } from '../../store/usage/usageTables';
import type { ApiContext } from '../context';

/** An amount of money. */
export interface Cost {
  currency: string;
  amount: number;
}

/** What a group has used, and what it cost, as far as that is known. */
export interface GroupUsage extends UsageCounts {
  total_tokens: number;
  /** Of the runs with a known price, one for each currency. */
  costs: Cost[];
  runs_without_price: number;
}

const million = 1_000_000;

/** Sums up what models have used, at the prices of today. */
export class UsageSums {
  readonly #prices = new Map<string, ModelPrice | undefined>();
  readonly #given: ReadonlyMap<string, ModelPrice>;

  constructor(private readonly context: ApiContext) {
    this.#given = context.prices();
  }

  /** The sum of rows, which may be none. */
  sum(rows: Iterable<UsageRow>): GroupUsage {
    const sum: UsageCounts = {
      runs: 0,
      runs_without_usage: 0,
      prompt_tokens: 0,
      completion_tokens: 0,
      cached_tokens: 0,
      reasoning_tokens: 0,
    };
    const costs = new Map<string, number>();
    let unpriced = 0;
    for (const row of rows) {
      for (const name of Object.keys(sum) as (keyof UsageCounts)[]) sum[name] += row[name];
      const price = this.#priceOf(row.model);
      if (price) costs.set(price.currency, (costs.get(price.currency) ?? 0) + costOf(row, price));
      else unpriced += row.runs;
    }
    return {
      ...sum,
      total_tokens: sum.prompt_tokens + sum.completion_tokens,
      costs: [...costs]
        .map(([currency, amount]) => ({ currency, amount: Number(amount.toPrecision(12)) }))
        .filter(({ currency }) => currency !== free.currency),
      runs_without_price: unpriced,
    };
  }

  #priceOf(model: string): ModelPrice | undefined {
    if (!this.#prices.has(model)) this.#prices.set(model, this.#findPrice(model));
    return this.#prices.get(model);
  }

  /** What the user says goes before what the server has said. */
  #findPrice(id: string): ModelPrice | undefined {
    const { models, store } = this.context;
    try {
      const { connection, model } = resolveModel(models(), id);
      const given = this.#givenFor(id, `${connection.id}/${model}`, model);
      if (given || connection.provider.isFree) return given ?? free;
      return modelMemory(store, connection, model)?.get().contextWindow?.price;
    } catch {
      // Its connection was removed; the user may still say what it cost.
      return this.#givenFor(id, id.slice(id.indexOf('/') + 1));
    }
  }

  #givenFor(...names: readonly string[]): ModelPrice | undefined {
    return names.map((name) => this.#given.get(name)).find((price) => price !== undefined);
  }
}

/** The price of what costs nothing, in no currency. */
const free: ModelPrice = { input: 0, output: 0, currency: '' };

function costOf(used: UsageCounts, { input, cachedInput = input, output }: ModelPrice): number {
  const cached = Math.min(used.cached_tokens, used.prompt_tokens);
  const prompt = (used.prompt_tokens - cached) * input + cached * cachedInput;
  return (prompt + used.completion_tokens * output) / million;
}
