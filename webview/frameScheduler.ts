/** Draws at most once a frame, and leaves time between the frames when drawing is slow. */
export function frameScheduler(draw: () => void): () => void {
  /** No draw before this instant, in milliseconds of `performance.now()`. */
  let notBefore = 0;
  let requested = false;

  function frame(now: number): void {
    if (now < notBefore) {
      requestAnimationFrame(frame);
      return;
    }
    requested = false;
    const start = performance.now();
    draw();
    const cost = performance.now() - start;
    // A slow draw is followed by as long a rest, so that typing and scrolling stay smooth.
    notBefore = cost > 8 ? performance.now() + cost : 0;
  }

  return () => {
    if (requested) return;
    requested = true;
    requestAnimationFrame(frame);
  };
}
