import type { Idle } from './idleProbe';
import { reportsOf } from './realHost';
import { median, type Row } from './row';

const rounds = 3;
const maxWakeUps = 6;
const maxMegabytesAnHour = 0.1;

/** What the extension does in a window in which nothing happens (Linux only). */
export async function rows(): Promise<Row[]> {
  if (process.platform !== 'linux') return [];
  const found = await reportsOf<Idle>('idleProbe', rounds);
  const of = (value: (idle: Idle) => number) => median(found.map(value));
  const more = of((idle) => idle.with.wakeUps - idle.without.wakeUps);
  const hourly = (bytes: number) => (bytes * 60) / 2 ** 20;
  const written = of((idle) => hourly(idle.with.written - idle.without.written));
  return [
    {
      what: 'wake-ups a minute of an idle window’s extension host',
      measured: `${of((idle) => idle.with.wakeUps).toFixed(0)}`,
      against: `${of((idle) => idle.without.wakeUps).toFixed(0)} (without the extension)`,
      ratio: `${more < 0 ? '' : '+'}${more.toFixed(0)}`,
      limit: `+${maxWakeUps}`,
      met: more <= maxWakeUps,
    },
    {
      what: 'written an hour by an idle window’s extension host',
      measured: `${of((idle) => hourly(idle.with.written)).toFixed(2)} MB`,
      against: `${of((idle) => hourly(idle.without.written)).toFixed(2)} MB (without the extension)`,
      ratio: `${written < 0 ? '' : '+'}${written.toFixed(2)} MB`,
      limit: `+${maxMegabytesAnHour} MB`,
      met: written <= maxMegabytesAnHour,
    },
  ];
}
