import type { Idle } from './idleProbe';
import { reportsOf } from './realHost';
import { median, type Row } from './row';

const rounds = 3;
const maxWakeUps = 6;
const maxMegabytes = 0.1;

/** What the extension does in a window in which nothing happens. */
export async function rows(): Promise<Row[]> {
  const found = await reportsOf<Idle>('idleProbe', rounds);
  const wakeUps = median(found.map((idle) => idle.wakeUps));
  const megabytes = median(found.map(({ written }) => (written * 60) / 2 ** 20));
  return [
    {
      what: 'wake-ups of an idle window’s extension host by the extension, in a minute',
      measured: String(wakeUps),
      against: '–',
      ratio: String(wakeUps),
      limit: String(maxWakeUps),
      met: wakeUps <= maxWakeUps,
    },
    {
      what: 'written by the extension in an idle window, in an hour, at most',
      measured: `${megabytes.toFixed(2)} MB`,
      against: '–',
      ratio: `${megabytes.toFixed(2)} MB`,
      limit: `${maxMegabytes} MB`,
      met: megabytes <= maxMegabytes,
    },
  ];
}
