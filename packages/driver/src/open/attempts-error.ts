import { DatabaseConnectionError, type PgsdError } from "../errors.ts"
import { type ConnectAttempt, ConnectAttemptsError } from "./errors.ts"

/**
 * The error of open(): that of the only attempt unchanged, or else one that lists all of them.
 *
 * @param stopped the last attempt ended the search, as a rejected login does, so its code applies
 */
export function attemptsError(label: string, attempts: readonly ConnectAttempt[], stopped: boolean): PgsdError {
  const decided = decisive(attempts)
  if (attempts.length === 1) return decided.error
  const codes = new Set(attempts.map((each) => each.error.code))
  const code = stopped || codes.size === 1 ? decided.error.code : "PGSD_NO_HOST_AVAILABLE"
  const lines = attempts.map((each) => `  ${lineOf(each)}`)
  const detail = decided.error instanceof DatabaseConnectionError ? decided.error : undefined
  return new ConnectAttemptsError(code, [`${label}: none of ${attempts.length} attempts succeeded`, ...lines].join("\n"), {
    attempts,
    cause: decided.error,
    retryable: stopped ? decided.error.retryable : attempts.some((each) => each.error.retryable),
    ...((stopped || codes.size === 1) && { sqlState: decided.error.sqlState, hint: decided.error.hint, phase: detail?.phase }),
    label,
    host: decided.host,
    address: decided.address,
    port: decided.port,
    user: detail?.user,
    database: detail?.database,
  })
}

/** pg_hba.conf: no entry, or one that rejects; or no such role. */
const NOT_AUTHORIZED = "28000"

/**
 * The most significant attempt: the last one, unless the server rejects that kind of connection (a pg_hba.conf that requires TLS, for
 * example). Then it is the previous one on the same address, whose password was wrong or that found no free slot.
 */
function decisive(attempts: readonly ConnectAttempt[]): ConnectAttempt {
  const [before, last] = [attempts.at(-2), attempts.at(-1)!]
  if (before === undefined || last.error.sqlState !== NOT_AUTHORIZED) return last
  const same = before.host === last.host && before.port === last.port && before.address === last.address
  return same && before.encryption !== last.encryption ? before : last
}

// The driver's message begins with the place; the address is added if a name has several.
function lineOf(attempt: ConnectAttempt): string {
  const { host, address, encryption, error } = attempt
  const via = address === undefined || address === host ? "" : ` [${address}]`
  return `${error.message}${via} (${encryption === "tls" ? "TLS" : "not encrypted"})`
}
