import { abortSignal, type ConnectionInfo, milliseconds, type OptionTable, PgsdError } from "@pgsd/driver"
import type { Queryable } from "@pgsd/driver/calls"

/** What can be queried for facts about the server: a session or a transaction. */
export interface Askable extends Pick<Queryable, "query"> {
  readonly info: ConnectionInfo
  readonly serverParameters: Readonly<Record<string, string>>
}

/** Options of a call that queries the server. */
export interface AskOptions {
  readonly signal?: AbortSignal | undefined
  /** Timeout of each query, in ms. @default the pool's `queryTimeoutMs`, else Infinity */
  readonly timeoutMs?: number | undefined
}

export const ASK_OPTIONS: OptionTable<AskOptions> = { signal: abortSignal, timeoutMs: milliseconds }

export function schemaNames(name: string, value: readonly string[]): readonly string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === "string" && each !== "")) return value
  throw new PgsdError("PGSD_INVALID_OPTION", `${name} must be a list of schema names`)
}
