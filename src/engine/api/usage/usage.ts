import type { Hono } from 'hono';
import * as z from 'zod';
import { lazy } from '../../lazy';
import type { UsageRange, UsageRow } from '../../store/usage/usageTables';
import { TimeSlices } from '../../timeSlices';
import type { ApiContext } from '../context';
import { check } from '../input/validate';
import { type GroupUsage, UsageSums } from './costs';

const groups = ['day', 'assistant', 'model', 'thread'] as const;

type Grouping = (typeof groups)[number];

/** The days before and after all others. */
const always: UsageRange = { start: '0000-01-01', end: '9999-12-31' };

const day = (name: string) =>
  z
    .string()
    .refine(isDay, { error: `Invalid value for '${name}': expected a day such as 2026-11-30.` })
    .optional();

const query = lazy(() =>
  z.object({
    group_by: z.enum(groups).default('day'),
    start: day('start'),
    end: day('end'),
    limit: z
      .string()
      .transform((text) => (/^-?\d+$/.test(text) ? Number(text) : text))
      .pipe(z.int().min(1).max(10_000))
      .default(100),
  }),
);

/** What a day, an assistant, a model or a thread has used. */
export interface Usage extends GroupUsage {
  object: 'usage';
  day?: string;
  assistant_id?: string;
  model?: string;
  /** Null: threads that were deleted. */
  thread_id?: string | null;
}

/** An extension: the tokens that runs have used, and what they cost where that is known. */
export function usageRoutes(app: Hono, context: ApiContext): void {
  app.get('/usage', async (c) => {
    const given = Object.fromEntries(Object.entries(c.req.query()).filter(([, value]) => value !== ''));
    const { group_by, limit, start = always.start, end = always.end } = check(query(), given);
    const range = { start, end };
    const sums = new UsageSums(context);
    const data = await usageOf(context, { group: group_by, range, limit, sums });
    const list: UsageList = {
      object: 'list',
      data: data.slice(0, limit),
      has_more: data.length > limit,
      total: sums.sum(context.store.usage.byColumn('model', range)),
    };
    return c.json(list);
  });
}

export interface UsageList {
  object: 'list';
  data: Usage[];
  /** Whether there are more than the limit. */
  has_more: boolean;
  /** The sum over all, those beyond the limit included. */
  total: GroupUsage;
}

interface Asked {
  group: Grouping;
  range: UsageRange;
  limit: number;
  sums: UsageSums;
}

/** What each group has used; days newest first, others by their tokens. At least one more than the limit, if there is. */
async function usageOf(context: ApiContext, { group, range, limit, sums }: Asked): Promise<Usage[]> {
  const { usage } = context.store;
  if (group !== 'thread') {
    const column = group === 'assistant' ? 'assistant_id' : group;
    const all = grouped(usage.byColumn(column, range), sums).map(([key, used]): Usage => ({
      object: 'usage',
      [column]: key,
      ...used,
    }));
    return group === 'day' ? all.sort((a, b) => (a.day! < b.day! ? 1 : -1)) : byTokens(all);
  }
  const slices = new TimeSlices();
  let most: Usage[] = [];
  for (const rows of usage.byThread(range)) {
    for (const [key, used] of grouped(rows, sums))
      most.push({ object: 'usage', thread_id: key === '' ? null : key, ...used });
    // Sorting all of them at the end would take long.
    most = byTokens(most).slice(0, limit + 1);
    if (slices.isOver) await slices.next();
  }
  return most;
}

function byTokens(all: Usage[]): Usage[] {
  return all.sort((a, b) => b.total_tokens - a.total_tokens || b.runs - a.runs);
}

/** The sums of rows that have a key in common. */
function grouped(rows: readonly UsageRow[], sums: UsageSums): [string, GroupUsage][] {
  const byKey = new Map<string, UsageRow[]>();
  for (const row of rows) {
    const ofKey = byKey.get(row.key);
    if (ofKey) ofKey.push(row);
    else byKey.set(row.key, [row]);
  }
  return [...byKey].map(([key, ofKey]) => [key, sums.sum(ofKey)]);
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  // JavaScript takes February 30 for March 2.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
