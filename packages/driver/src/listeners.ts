import { types } from "node:util"

const { isPromise } = types

/**
 * Calls listeners so that an exception of one affects neither the connection, whose bookkeeping continues, nor the other
 * listeners, nor the process. It becomes a process warning (`process.on("warning")`), the only way to report it without ending
 * the process.
 */
export class Listeners<Values extends readonly unknown[]> {
  readonly #listeners: ((...values: Values) => void)[] = []

  add(listener: (...values: Values) => void): void {
    this.#listeners.push(listener)
  }

  emit(...values: Values): void {
    for (const listener of this.#listeners) callListener(listener, ...values)
  }

  clear(): void {
    this.#listeners.length = 0
  }
}

/** Listeners of a single event, such as an end: those added later are called, too, a moment later. */
export class EndListeners<Values extends readonly unknown[]> {
  readonly #listeners = new Listeners<Values>()
  #values: Values | undefined

  add(listener: (...values: Values) => void): void {
    const values = this.#values
    if (values === undefined) this.#listeners.add(listener)
    else queueMicrotask(() => callListener(listener, ...values))
  }

  emit(...values: Values): void {
    this.#values = values
    this.#listeners.emit(...values)
    this.#listeners.clear()
  }
}

/** What it throws, or rejects with, becomes a process warning. */
export function callListener<Values extends readonly unknown[]>(listener: (...values: Values) => unknown, ...values: Values): void {
  try {
    const returned = listener(...values)
    if (isPromise(returned)) returned.catch(warn)
  } catch (error) {
    warn(error)
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
