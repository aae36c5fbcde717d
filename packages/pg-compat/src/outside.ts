/** Calls what belongs to the caller. What it throws is an uncaught exception, as in pg, and no fault of whoever called it. */
export function outside(work: () => void): void {
  try {
    work()
  } catch (error) {
    process.nextTick(() => {
      throw error
    })
  }
}
