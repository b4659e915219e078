/** Milliseconds of one turn of the page; what does not fit in waits for the next, and clicks come in between. */
const turnLength = 30;

type Work = () => void;

const waiting = new Set<Work>();
let spent = 0;
let isScheduled = false;

/** Does work that may take its time: at once where this turn has room for it. Returns what takes it back. */
export function inTurn(work: Work): () => void {
  if (waiting.size === 0 && spent < turnLength) measure(work);
  else waiting.add(work);
  schedule();
  return () => waiting.delete(work);
}

function measure(work: Work): void {
  const start = performance.now();
  work();
  spent += performance.now() - start;
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setTimeout(() => {
    isScheduled = false;
    spent = 0;
    for (const work of waiting) {
      if (spent >= turnLength) break;
      waiting.delete(work);
      measure(work);
    }
    if (waiting.size > 0) schedule();
  });
}
