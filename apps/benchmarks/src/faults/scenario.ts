import type { FaultProxy } from "@pgsd/testing/proxy"
import type { Client, ClientOptions } from "../clients/client.ts"
import type { ClientContestant } from "../clients/contestants.ts"
import type { Admin } from "./admin.ts"
import type { Settled } from "./settled.ts"

/**
 * - `ok`: as the documentation leads one to expect
 * - `fails`: an avoidable error or wait, or an error that does not name its cause
 * - `leaks`: a session, transaction or connection reaches another caller, or stays open
 * - `hangs`: a promise is still pending after `timeoutMs`
 * - `storms`: the server is flooded with connection attempts
 * - `crashes`: the process died, which the scenario itself cannot report
 * - `no means`: the library documents no way to do what the scenario needs
 */
export type Verdict = "ok" | "fails" | "leaks" | "hangs" | "storms" | "crashes" | "no means"

export interface Outcome {
  readonly outcome: Verdict
  /** The figures behind the verdict. */
  readonly detail: string
}

export type ServerAddress = Omit<ClientOptions, "max" | "settings" | "applicationName">

export interface ConnectOptions {
  readonly max: number
  readonly user?: string
  readonly password?: string
  /** Bypasses the proxy. @default false */
  readonly direct?: boolean
}

export interface ScenarioContext {
  readonly contestant: ClientContestant
  /** Between client and server. */
  readonly proxy: FaultProxy
  readonly admin: Admin
  /** How long a promise may be pending before it counts as hanging, in ms. */
  readonly timeoutMs: number
  /** A client of the contestant through the proxy. */
  connect(options: ConnectOptions): Promise<Client>
  /** The server itself, without the proxy. */
  readonly server: ServerAddress
  /** Resolves within `timeoutMs`, whatever the promise does. */
  settled<T>(promise: Promise<T>): Promise<Settled<T>>
}

export interface Scenario {
  /** Heads the row. */
  readonly title: string
  /** What counts as ok. */
  readonly expected: string
  /** Stops the shared server, so nothing else may run at the same time. @default false */
  readonly exclusive?: boolean
  /** Leaves only the contestant's own handles open: the verdict is how long they keep the process alive. @default false */
  readonly exits?: boolean
  run(context: ScenarioContext): Promise<Outcome>
}

export function ok(detail: string): Outcome {
  return { outcome: "ok", detail }
}

export function fails(detail: string): Outcome {
  return { outcome: "fails", detail }
}
