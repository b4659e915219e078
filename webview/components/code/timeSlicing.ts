/** Milliseconds of work per slice. Events, such as clicks, are handled between slices. */
const sliceLength = 30;

type Work = () => void;

const waiting = new Set<Work>();
let spent = 0;
let isScheduled = false;

/** Runs slow work: now if the current slice has time left, else in a later one. Returns a cancel function. */
export function runTimeSliced(work: Work): () => void {
  if (waiting.size === 0 && spent < sliceLength) measure(work);
  else waiting.add(work);
  schedule();
  return () => waiting.delete(work);
}

/** Runs slow work now if the current slice has time left. Returns whether it ran. */
export function runIfTimeLeft(work: Work): boolean {
  if (spent >= sliceLength) return false;
  measure(work);
  schedule();
  return true;
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
    // The newest work is at the end of the conversation, which is what is seen first.
    for (const work of [...waiting].toReversed()) {
      if (spent >= sliceLength) break;
      waiting.delete(work);
      measure(work);
    }
    if (waiting.size > 0) schedule();
  });
}
