/** Measures the turns of this thread's event loop, in milliseconds of its processor time: other load does not lengthen them. */
export function watchTurns(): { longest: () => number; stop: () => void } {
  let longest = 0;
  let before = process.threadCpuUsage();
  const turn = (): void => {
    const now = process.threadCpuUsage();
    longest = Math.max(longest, (now.user + now.system - before.user - before.system) / 1000);
    before = now;
  };
  const timer = setInterval(turn, 1);
  return {
    /** Since the last call. */
    longest: () => {
      const found = longest;
      longest = 0;
      return found;
    },
    stop: () => clearInterval(timer),
  };
}
