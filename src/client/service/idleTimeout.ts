/**
 * The same bytes, and an error where none come for too long: a network that was cut says nothing.
 * `explain` makes the error; it is given the one of the network, or none after silence.
 */
export function withIdleTimeout(
  body: ReadableStream<Uint8Array>,
  silence: number,
  explain: (error?: unknown) => unknown,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      let isSilent = false;
      const timer = setTimeout(() => {
        isSilent = true;
        controller.error(explain());
        reader.cancel().catch(() => {});
      }, silence);
      try {
        const { done, value } = await reader.read();
        if (isSilent) return;
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        if (!isSilent) controller.error(explain(error));
      } finally {
        clearTimeout(timer);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
