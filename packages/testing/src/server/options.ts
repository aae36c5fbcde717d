import { PgsdError } from "@pgsd/driver"
import type { PostgresServerOptions } from "./postgres-server.ts"

const KNOWN = ["version", "kind", "tls", "hba", "users", "settings", "standbyOf", "timeoutMs", "signal"]
const KINDS = ["url", "embedded", "docker", "system"]

export const DEFAULT_VERSION = 18
export const DEFAULT_TIMEOUT_MS = 60_000

/** Refuses what no server could be asked for; what a kind cannot do is that kind's to say. */
export function checkOptions(options: PostgresServerOptions): void {
  refuseUnknown("server option", options, KNOWN)
  const { version, kind, timeoutMs, standbyOf, users, tls } = options
  if (typeof tls === "object") refuseUnknown("tls option", tls, ["names", "cn", "untrusted", "expired"])
  if (version !== undefined && (!Number.isInteger(version) || version < 12))
    throw invalid(`version must be a major version from 12 up, not ${version}`)
  if (kind !== undefined && !KINDS.includes(kind)) throw invalid(`kind must be one of ${KINDS.join(", ")}, not "${kind}"`)
  if (timeoutMs !== undefined && !(timeoutMs > 0)) throw invalid("timeoutMs must be a number of milliseconds greater than 0")
  if (standbyOf === undefined) return
  if (users !== undefined) throw invalid("a standby has its primary's users: create them there")
  if (version !== undefined && version !== standbyOf.version) throw invalid(`a standby has its primary's version, ${standbyOf.version}`)
  if (kind !== undefined && kind !== standbyOf.kind) throw invalid(`a standby is of its primary's kind, ${standbyOf.kind}`)
}

/** A misspelt option would otherwise be a setting that silently does nothing. */
export function refuseUnknown(what: string, given: object, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const near = known.find((each) => each.toLowerCase().startsWith(name.toLowerCase().slice(0, 3)))
    throw new PgsdError("PGSD_INVALID_OPTION", `unknown ${what} "${name}"`, {
      hint: near === undefined ? `known are ${known.join(", ")}` : `did you mean "${near}"?`,
    })
  }
}

export function invalid(message: string): PgsdError {
  return new PgsdError("PGSD_INVALID_OPTION", message)
}
