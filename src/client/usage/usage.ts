import type OpenAI from 'openai';
import * as vscode from 'vscode';
import type { UsageList } from '../../engine/api/usage/usage';
import { isUnsupported, UserError } from '../errors/errors';

export type { Usage, UsageList } from '../../engine/api/usage/usage';

/** What usage is summed up by. */
export const usageGroups = ['day', 'assistant', 'model', 'thread'] as const;

export type UsageGroup = (typeof usageGroups)[number];

/** The usage of each group, of these last days or of all time. */
export type UsageReport = Record<UsageGroup, UsageList> & { days: number | undefined };

/** Groups that are read, by what they are. */
const limits: Record<UsageGroup, number> = { day: 100, assistant: 50, model: 50, thread: 25 };

/** What answers have used: an addition of our engine. */
export async function readUsage(client: OpenAI, days: number | undefined): Promise<UsageReport> {
  const start = days === undefined ? {} : { start: dayBefore(days - 1) };
  const read = (group_by: UsageGroup): Promise<UsageList> =>
    client.get('/usage', { query: { group_by, limit: limits[group_by], ...start } });
  try {
    const [day, assistant, model, thread] = await Promise.all(usageGroups.map(read));
    return { day: day!, assistant: assistant!, model: model!, thread: thread!, days };
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    throw new UserError(vscode.l10n.t('The current service does not report usage.'), { cause: error });
  }
}

/** A day before today, in local time. */
function dayBefore(days: number): string {
  const date = new Date();
  date.setDate(date.getDate() - days);
  const [month, day] = [date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0'));
  return `${date.getFullYear()}-${month}-${day}`;
}
