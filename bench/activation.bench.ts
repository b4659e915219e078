import type { Activation } from './activationProbe';
import { reportsOf } from './realHost';
import { median, type Row } from './row';

const rounds = 7;
const limitMs = 60;
const answerLimitMs = 100;

/** Time to load and activate the extension, and an empty one, in the same extension host; a new host each round. */
export async function rows(): Promise<Row[]> {
  // Skips the first start, which fills the disk cache.
  return rowsOf((await reportsOf<Activation>('activationProbe', rounds)).slice(1));
}

function rowsOf(activations: readonly Activation[]): Row[] {
  const own = median(activations.map((activation) => activation.own));
  const empty = median(activations.map((activation) => activation.empty));
  const answer = median(activations.map(({ firstAnswer }) => firstAnswer));
  const all = median(activations.map((activation) => activation.own + activation.firstAnswer));
  const against = `${empty.toFixed(1)} ms (an empty extension)`;
  const more = (what: string, ms: number): Row => ({
    what: `${what} (in the real host)`,
    measured: `${ms.toFixed(1)} ms`,
    against,
    ratio: `${ms < empty ? '' : '+'}${(ms - empty).toFixed(1)} ms`,
    limit: `+${limitMs} ms`,
    met: ms - empty <= limitMs,
  });
  return [
    more('extension activation', own),
    more('activation with what it defers: the engine loaded and its first answer', all),
    {
      what: 'first answer after activation (in the real host)',
      measured: `${answer.toFixed(1)} ms`,
      against: '–',
      ratio: `${answer.toFixed(1)} ms`,
      limit: `${answerLimitMs} ms`,
      met: answer <= answerLimitMs,
    },
  ];
}
