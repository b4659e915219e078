import type { ComparisonFilter, CompoundFilter } from 'openai/resources/shared';

/** The attributes of a file of a vector store. */
export type Attributes = Record<string, string | number | boolean>;

export type AttributeFilter = ComparisonFilter | CompoundFilter;

/** Whether attributes match a filter. A missing key equals no value and has no order. */
export function matchesFilter(attributes: Attributes, filter: AttributeFilter): boolean {
  if ('key' in filter) return matchesComparison(attributes[filter.key], filter);
  // The client types inner filters as `unknown`; the request's schema has validated them.
  const filters = filter.filters as AttributeFilter[];
  const inner = (part: AttributeFilter): boolean => matchesFilter(attributes, part);
  return filter.type === 'and' ? filters.every(inner) : filters.some(inner);
}

function matchesComparison(
  found: Attributes[string] | undefined,
  { type, value }: ComparisonFilter,
): boolean {
  const among = Array.isArray(value) && value.some((one) => one === found);
  switch (type) {
    case 'eq':
      return found === value;
    case 'ne':
      return found !== value;
    case 'in':
      return among;
    case 'nin':
      return !among;
    default:
      return isInOrder(found, type, value);
  }
}

/** Numbers compare by size, strings alphabetically; a number and a string have no order. */
function isInOrder(
  found: Attributes[string] | undefined,
  type: ComparisonFilter['type'],
  value: ComparisonFilter['value'],
): boolean {
  const bothNumbers = typeof found === 'number' && typeof value === 'number';
  const bothWords = typeof found === 'string' && typeof value === 'string';
  if (!bothNumbers && !bothWords) return false;
  if (type === 'gt') return found > value;
  if (type === 'gte') return found >= value;
  if (type === 'lt') return found < value;
  return found <= value;
}
