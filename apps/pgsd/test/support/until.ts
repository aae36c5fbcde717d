/** Waits for a condition, at most 20 s. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await condition())) if (performance.now() > end) throw new Error("it did not come to that within 20 s")
}
