/** From the benchmark to a contestant's process. */
export interface TaskRequest {
  readonly id: number
  readonly task: string
  readonly options: unknown
}

/** The reply: the result of a task, or a request about the server, which the main process owns. */
export type Message =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly serverRequest: number; readonly action: ServerAction }

export type ServerAction = "stop" | "start"

/** The response to a server request; `at` is Date.now() when the action was done. */
export interface ServerActionDone {
  readonly serverRequest: number
  readonly at: number
}
