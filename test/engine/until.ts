/** Polls until a condition holds and returns its value; fails with `reason` after 20 s. */
export async function until<T>(
  reason: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${reason}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
