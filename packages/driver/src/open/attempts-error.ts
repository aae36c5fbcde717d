import { DatabaseConnectionError, type PgsdError } from "../errors.ts"
import { type ConnectAttempt, ConnectAttemptsError } from "./errors.ts"

/**
 * What open() throws: the error of the only attempt as it is, else one that lists them all.
 *
 * @param stopped the last attempt ended the search (a refused login does), so its code is the answer
 */
export function attemptsError(label: string, attempts: readonly ConnectAttempt[], stopped: boolean): PgsdError {
  const last = attempts.at(-1)!
  if (attempts.length === 1) return last.error
  const codes = new Set(attempts.map((each) => each.error.code))
  const code = stopped || codes.size === 1 ? last.error.code : "PGSD_NO_HOST_AVAILABLE"
  const lines = attempts.map((each) => `  ${lineOf(each)}`)
  const decisive = last.error instanceof DatabaseConnectionError ? last.error : undefined
  return new ConnectAttemptsError(code, [`${label}: none of ${attempts.length} attempts gave a connection`, ...lines].join("\n"), {
    attempts,
    cause: last.error,
    retryable: stopped ? last.error.retryable : attempts.some((each) => each.error.retryable),
    ...((stopped || codes.size === 1) && { sqlState: last.error.sqlState, hint: last.error.hint, phase: decisive?.phase }),
    label,
    host: last.host,
    address: last.address,
    port: last.port,
    user: decisive?.user,
    database: decisive?.database,
  })
}

// The driver's message begins with the place already; the address is added where a name has several.
function lineOf(attempt: ConnectAttempt): string {
  const { host, address, encryption, error } = attempt
  const via = address === undefined || address === host ? "" : ` [${address}]`
  return `${error.message}${via} (${encryption === "tls" ? "TLS" : "not encrypted"})`
}
