/** Throttles `draw` to once per animation frame, and less often when drawing is slow. */
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
    // After a slow draw, wait as long as it took, so that typing and scrolling stay smooth.
    notBefore = cost > 8 ? performance.now() + cost : 0;
  }

  return () => {
    if (requested) return;
    requested = true;
    requestAnimationFrame(frame);
  };
}
