/**
 * The same stream, which fails if no bytes arrive for `timeout` milliseconds: a lost connection reports
 * nothing. `explain` creates the error, from the network's error or from undefined after a timeout.
 */
export function withIdleTimeout(
  body: ReadableStream<Uint8Array>,
  timeout: number,
  explain: (error?: unknown) => unknown,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      let isTimedOut = false;
      const timer = setTimeout(() => {
        isTimedOut = true;
        controller.error(explain());
        reader.cancel().catch(() => {});
      }, timeout);
      try {
        const { done, value } = await reader.read();
        if (isTimedOut) return;
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        if (!isTimedOut) controller.error(explain(error));
      } finally {
        clearTimeout(timer);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
