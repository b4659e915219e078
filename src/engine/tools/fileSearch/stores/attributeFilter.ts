import type { ComparisonFilter, CompoundFilter } from 'openai/resources/shared';

/** What a file of a vector store is marked with. */
export type Attributes = Record<string, string | number | boolean>;

export type AttributeFilter = ComparisonFilter | CompoundFilter;

/** Whether attributes pass a filter. A key that is not there is equal to nothing, and not comparable. */
export function matchesFilter(attributes: Attributes, filter: AttributeFilter): boolean {
  if ('key' in filter) return matchesComparison(attributes[filter.key], filter);
  // The client's types leave the inner filters open; the request's schema does not.
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

/** Numbers go by size, words by their letters; one of each has no order. */
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
