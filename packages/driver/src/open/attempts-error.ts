import { DatabaseConnectionError, type PgsdError } from "../errors.ts"
import { type ConnectAttempt, ConnectAttemptsError } from "./errors.ts"

/**
 * What open() throws: the error of the only attempt as it is, else one that lists them all.
 *
 * @param stopped the last attempt ended the search (a refused login does), so there is one answer
 */
export function attemptsError(label: string, attempts: readonly ConnectAttempt[], stopped: boolean): PgsdError {
  const decided = decisive(attempts)
  if (attempts.length === 1) return decided.error
  const codes = new Set(attempts.map((each) => each.error.code))
  const code = stopped || codes.size === 1 ? decided.error.code : "PGSD_NO_HOST_AVAILABLE"
  const lines = attempts.map((each) => `  ${lineOf(each)}`)
  const detail = decided.error instanceof DatabaseConnectionError ? decided.error : undefined
  return new ConnectAttemptsError(code, [`${label}: none of ${attempts.length} attempts gave a connection`, ...lines].join("\n"), {
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

/** pg_hba.conf: no entry, one that rejects, or no such role. */
const NOT_AUTHORIZED = "28000"

/**
 * The attempt that says what is wrong: the last one, unless the server does not take connections that way (pg_hba.conf of a server that
 * demands TLS, say). Then it is the one before on the same address, whose password was wrong or that found no free place.
 */
function decisive(attempts: readonly ConnectAttempt[]): ConnectAttempt {
  const [before, last] = [attempts.at(-2), attempts.at(-1)!]
  if (before === undefined || last.error.sqlState !== NOT_AUTHORIZED) return last
  const same = before.host === last.host && before.port === last.port && before.address === last.address
  return same && before.encryption !== last.encryption ? before : last
}

// The driver's message begins with the place already; the address is added where a name has several.
function lineOf(attempt: ConnectAttempt): string {
  const { host, address, encryption, error } = attempt
  const via = address === undefined || address === host ? "" : ` [${address}]`
  return `${error.message}${via} (${encryption === "tls" ? "TLS" : "not encrypted"})`
}
