// What the peers have in common: each runs in a process of its own, in a folder where npm has installed it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

/** The scripted model server that all are measured with. */
export const baseURL = process.env.MODEL_BASE_URL;
export const question = 'What is the time?';

/** A question and how often it is asked; `model` names the pace of the answer. */
const { questions } = JSON.parse(process.env.PEER_WORK);

/**
 * Asks each question through `ask(model, onText)`, which resolves at the end of the answer, and prints the medians in
 * milliseconds, with the versions of the packages.
 */
export async function measure(packages, ask) {
  const measured = [];
  for (const { model, rounds } of questions) {
    const [firsts, wholes] = [[], []];
    for (let round = -3; round < rounds; round++) {
      const start = performance.now();
      let first;
      await ask(model, () => (first ??= performance.now() - start));
      if (first === undefined) throw new Error('There was no answer.');
      if (round < 0) continue;
      firsts.push(first);
      wholes.push(performance.now() - start);
    }
    measured.push({ first: median(firsts), whole: median(wholes) });
  }
  const versions = packages.map((name) => {
    const file = join(import.meta.dirname, 'node_modules', name, 'package.json');
    return `${name} ${JSON.parse(readFileSync(file, 'utf8')).version}`;
  });
  // After what the peer may have printed.
  console.log(`\n${JSON.stringify({ versions: versions.join(', '), measured })}`);
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
