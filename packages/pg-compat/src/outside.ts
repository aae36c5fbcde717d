/** Calls a function of the application. What it throws is an uncaught exception, as in pg, and no fault of the pool or the connection. */
export function outside(work: () => void): void {
  try {
    work()
  } catch (error) {
    process.nextTick(() => {
      throw error
    })
  }
}
