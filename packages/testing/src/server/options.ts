import { milliseconds, PgsdError, refuseUnknownOptions } from "@pgsd/driver"
import type { PostgresServerOptions } from "./postgres-server.ts"

const KNOWN = ["version", "kind", "tls", "hba", "users", "settings", "standbyOf", "timeoutMs", "signal"]
const KINDS = ["url", "embedded", "docker", "system"]

export const DEFAULT_VERSION = 18
export const DEFAULT_TIMEOUT_MS = 60_000

/** Rejects options that are invalid for any server; each kind checks for what it does not support. */
export function checkOptions(options: PostgresServerOptions): void {
  refuseUnknownOptions("server option", options, KNOWN)
  const { version, kind, timeoutMs, standbyOf, users, tls } = options
  if (typeof tls === "object") refuseUnknownOptions("tls option", tls, ["names", "cn", "untrusted", "expired"])
  if (version !== undefined && (!Number.isInteger(version) || version < 12))
    throw invalid(`version must be a major version from 12 up, not ${version}`)
  if (kind !== undefined && !KINDS.includes(kind)) throw invalid(`kind must be one of ${KINDS.join(", ")}, not "${kind}"`)
  if (timeoutMs !== undefined) milliseconds("timeoutMs", timeoutMs)
  if (standbyOf === undefined) return
  if (users !== undefined) throw invalid("a standby has its primary's users: create them there")
  if (version !== undefined && version !== standbyOf.version) throw invalid(`a standby has its primary's version, ${standbyOf.version}`)
  if (kind !== undefined && kind !== standbyOf.kind) throw invalid(`a standby is of its primary's kind, ${standbyOf.kind}`)
}

export function invalid(message: string): PgsdError {
  return new PgsdError("PGSD_INVALID_OPTION", message)
}
