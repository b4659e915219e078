import type { Activation } from './activationProbe';
import { reportsOf } from './realHost';
import { median, type Row, type Timed } from './row';

const rounds = 7;
const limitMs = 60;
const answerLimitMs = 100;

/** Time to load and activate the extension, and an empty one, in the same extension host; a new host each round. */
export async function rows(): Promise<Row[]> {
  // Skips the first start, which fills the disk cache and that of the compiled code.
  return rowsOf((await reportsOf<Activation>('activationProbe', rounds)).slice(1));
}

function rowsOf(activations: readonly Activation[]): Row[] {
  const of = (what: (activation: Activation) => Timed): Timed => ({
    ms: median(activations.map((activation) => what(activation).ms)),
    cpuMs: median(activations.map((activation) => what(activation).cpuMs)),
  });
  const empty = of((activation) => activation.empty);
  const answer = of(({ firstAnswer }) => firstAnswer);
  const against = `${empty.ms.toFixed(1)} ms (an empty extension)`;
  const more = (what: string, { ms, cpuMs }: Timed): Row => ({
    what: `${what} (in the real host)`,
    measured: `${ms.toFixed(1)} ms`,
    against,
    ratio: `${ms < empty.ms ? '' : '+'}${(ms - empty.ms).toFixed(1)} ms`,
    limit: `+${limitMs} ms`,
    cpu: `${cpuMs.toFixed(1)} / ${empty.cpuMs.toFixed(1)} ms`,
    met: ms - empty.ms <= limitMs,
  });
  return [
    more(
      'extension activation',
      of(({ own }) => own),
    ),
    more(
      'activation with what it defers, in an idle window',
      of(({ own, deferred }) => ({ ms: own.ms + deferred, cpuMs: own.cpuMs + deferred })),
    ),
    {
      what: 'first answer after activation (in the real host)',
      measured: `${answer.ms.toFixed(1)} ms`,
      against: '–',
      ratio: `${answer.ms.toFixed(1)} ms`,
      limit: `${answerLimitMs} ms`,
      cpu: `${answer.cpuMs.toFixed(1)} ms`,
      met: answer.ms <= answerLimitMs,
    },
  ];
}
