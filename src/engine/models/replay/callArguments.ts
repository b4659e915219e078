import { isNestedTooDeep } from '../../nesting';
import { safeText, safeValue } from './texts';

/** Escapes of characters that `safeText` replaces. */
const unsafeEscape = /\\u(00[01][0-9a-f]|d[89a-f][0-9a-f]{2})/i;

/**
 * The arguments of an earlier call as servers accept them: a JSON object. They are sent as the model wrote
 * them where that is one; anything else is wrapped into one, so that the model still sees what it wrote.
 */
export function safeArguments(json: string): string {
  const value = parse(json);
  const text = safeText(json);
  if (isObject(value) && !unsafeEscape.test(json)) return text;
  return JSON.stringify(argumentsObject(json));
}

/** The arguments of an earlier call as an object; others are wrapped: `{"value": […]}`, `{"arguments": "…"}`. */
export function argumentsObject(json: string): object {
  const value = parse(json);
  if (isObject(value)) return safeValue(value) as object;
  if (value === null || json.trim() === '') return {};
  if (value === undefined) return { arguments: safeText(json) };
  // Some models encode the object twice.
  const inner = typeof value === 'string' ? parse(value) : undefined;
  return isObject(inner) ? (safeValue(inner) as object) : { value: safeValue(value) };
}

/** Undefined if it is not JSON. */
function parse(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    return isNestedTooDeep(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
