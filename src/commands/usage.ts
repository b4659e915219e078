import * as z from 'zod';
import type { Services } from '../client/services';
import { UsagePanel } from '../views/usage/usagePanel';
import { command } from './command';

/** Days that are shown if none are given. */
const defaultDays = 30;

/** The command that shows what answers have used. */
export function usageCommands(services: Services) {
  const panel = new UsagePanel(services);
  return [
    // 0: all days.
    command('showUsage', { days: z.int().min(0).max(36_500) }, ({ days }) =>
      panel.show(days ?? panel.days ?? defaultDays),
    ),
  ];
}
