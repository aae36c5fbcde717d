/** From the benchmark to a contestant's process. */
export interface Order {
  readonly id: number
  readonly task: string
  readonly options: unknown
}

/** Back again: the answer to an order, or a wish about the server, which the benchmark's own process owns. */
export type Message =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly wish: number; readonly action: ServerAction }

export type ServerAction = "stop" | "start"

/** The answer to a wish; `at` is Date.now() when the action had been done. */
export interface Granted {
  readonly wish: number
  readonly at: number
}
