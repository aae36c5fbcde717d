import { EXIT } from "./exit-codes.ts"

const SIGNALS = ["SIGINT", "SIGTERM"] as const

/** The reason of a command's signal: not a failure, and nothing to report. */
export class Interruption extends Error {
  readonly exitCode: number

  constructor(signal: (typeof SIGNALS)[number]) {
    super(`interrupted by ${signal}`)
    this.exitCode = EXIT[signal]
  }
}

/**
 * Turns the first Ctrl-C or SIGTERM into an abort, so that everything is closed; the second one ends the process as it would have without this.
 * Until then the listener stays: other code (such as a test server) does not end the process while there is a listener.
 */
export function interruptible(): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController()
  const listeners = SIGNALS.map((name) => {
    const listener = () => {
      if (!controller.signal.aborted) return controller.abort(new Interruption(name))
      end()
      process.kill(process.pid, name)
    }
    process.on(name, listener)
    return () => process.off(name, listener)
  })
  const end = () => {
    for (const remove of listeners) remove()
  }
  return { signal: controller.signal, end }
}
