import { fieldsOf, textOf } from './server/json';

/** What a model costs, per million tokens. */
export interface ModelPrice {
  input: number;
  /** Of prompt tokens that the server had cached; undefined if they cost as much as others. */
  cachedInput?: number;
  output: number;
  /** As in ISO 4217: `USD`. */
  currency: string;
}

const million = 1_000_000;

/**
 * The price in a server's description of a model, in the form of OpenRouter: US dollars a token, as text. Undefined if
 * there is none, if it varies, or if a request costs something besides.
 */
export function priceIn(description: unknown): ModelPrice | undefined {
  const pricing = fieldsOf(fieldsOf(description)['pricing']);
  const input = amountOf(pricing['prompt']);
  const output = amountOf(pricing['completion']);
  if (input === undefined || output === undefined) return undefined;
  if (pricing['request'] !== undefined && amountOf(pricing['request']) !== 0) return undefined;
  const cachedInput = amountOf(pricing['input_cache_read']);
  return { input, ...(cachedInput !== undefined && { cachedInput }), output, currency: 'USD' };
}

/** Dollars per million tokens; undefined for what is no price. */
function amountOf(value: unknown): number | undefined {
  const text = textOf(value).trim();
  const amount = text === '' ? NaN : Number(text) * million;
  // Without the noise of binary fractions.
  return Number.isFinite(amount) && amount >= 0 ? Number(amount.toPrecision(12)) : undefined;
}

/**
 * The valid entries of the setting `modelPrices`: `input` and `output`, and if wanted `cachedInput` and `currency`, by
 * model.
 */
export function checkedPrices(value: unknown): Map<string, ModelPrice> {
  const prices = new Map<string, ModelPrice>();
  for (const [model, entry] of Object.entries(fieldsOf(value))) {
    const { input, output, cachedInput, currency = 'USD' } = fieldsOf(entry);
    const isCurrency = typeof currency === 'string' && /^[A-Za-z]{3}$/.test(currency);
    const isValid =
      isAmount(input) && isAmount(output) && (cachedInput === undefined || isAmount(cachedInput));
    if (!isValid || !isCurrency) continue;
    prices.set(model, {
      input,
      ...(cachedInput !== undefined && { cachedInput }),
      output,
      currency: currency.toUpperCase(),
    });
  }
  return prices;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
