/**
 * The same bytes, and an error where none come for too long: a network that was cut says nothing.
 * `explain` makes the error; it is given the one of the network, or none after silence.
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
