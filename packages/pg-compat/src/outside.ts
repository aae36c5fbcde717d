/**
 * Calls a function of the application. An exception becomes an uncaught exception, as in pg, rather than a fault of the pool or the
 * connection.
 */
export function outside(work: () => void): void {
  try {
    work()
  } catch (error) {
    process.nextTick(() => {
      throw error
    })
  }
}
