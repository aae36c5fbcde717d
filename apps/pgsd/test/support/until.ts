/** Waits for a fact, for 20 s at most. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await condition())) if (performance.now() > end) throw new Error("it did not come to that within 20 s")
}
