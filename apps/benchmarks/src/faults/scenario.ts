import type { FaultProxy } from "@pgsd/testing/proxy"
import type { Client, ClientOptions } from "../clients/client.ts"
import type { ClientContestant } from "../clients/contestants.ts"
import type { Admin } from "./admin.ts"
import type { Settled } from "./settled.ts"

/**
 * `ok`: what a careful reader of the documentation expects · `fails`: an error, or a wait, that the pool could have spared its caller, or that does not
 * say why · `leaks`: one caller's session, transaction or connection gets into another's hands, or stays open · `hangs`: a promise is
 * unsettled after the patience · `storms`: the server is flooded · `crashes`: the process died, which the scenario itself cannot say ·
 * `no means`: nothing documented does what is asked.
 */
export type OutcomeWord = "ok" | "fails" | "leaks" | "hangs" | "storms" | "crashes" | "no means"

export interface Outcome {
  readonly outcome: OutcomeWord
  /** A few words with the figures that it was judged by. */
  readonly detail: string
}

export type ServerAddress = Omit<ClientOptions, "max" | "settings" | "applicationName">

export interface ConnectOptions {
  readonly max: number
  readonly user?: string
  readonly password?: string
  /** Not through the proxy. @default false */
  readonly direct?: boolean
}

export interface Stage {
  readonly contestant: ClientContestant
  /** Between the clients and the server. */
  readonly proxy: FaultProxy
  readonly admin: Admin
  /** What a promise may take before it counts as hanging, in ms. */
  readonly patienceMs: number
  /** A client of the contestant through the proxy. */
  connect(options: ConnectOptions): Promise<Client>
  /** The server itself, for what does without the proxy. */
  readonly server: ServerAddress
  /** Settles within the patience, one way or the other. */
  settled<T>(promise: Promise<T>): Promise<Settled<T>>
}

export interface Scenario {
  /** The row's head. */
  readonly title: string
  /** What counts as ok. */
  readonly expected: string
  /** Stops the server that others use: it gets one of its own time. @default false */
  readonly alone?: boolean
  /** Ends with nothing but the contestant's own handles, and is judged by how long they keep the process. @default false */
  readonly letsGo?: boolean
  play(stage: Stage): Promise<Outcome>
}

export function ok(detail: string): Outcome {
  return { outcome: "ok", detail }
}

export function fails(detail: string): Outcome {
  return { outcome: "fails", detail }
}
