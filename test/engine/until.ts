/** Waits until a condition holds, looking often; fails with the reason given where it never does. */
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
