import { useEffect, useState } from 'preact/hooks';

/** Milliseconds from the start to the end, or to now; updated each second while running. */
export function useElapsed(startedAt: number, endedAt: number | undefined, isRunning: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  const ticking = endedAt === undefined && isRunning;
  useEffect(() => {
    if (!ticking) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [ticking, startedAt]);
  return (endedAt ?? now) - startedAt;
}
