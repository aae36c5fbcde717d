import { type Connection, isPgsdError, QueryError, type QueryOptions, type QueryResult } from "@pgsd/driver"
import { withConnections } from "../wrap.ts"
import type { BrokenDriver } from "./broken-driver.ts"

const STOPS = "an abort rejects with the signal's reason and stops the query on the server"
const FAILS = "an abort inside a transaction fails it, and ROLLBACK ends it"
const LATE = "a late cancel request never hits the next query on a connection"
const NEIGHBOURS = "an abort stops its own query, never one before or after it on the wire"
const WAITS = "an aborted query that was queued is never sent, and affects no other"

type Ask = (sql: string, params?: readonly unknown[], options?: QueryOptions) => Promise<QueryResult>

/** A driver whose aborts are handled by `ask`. */
function aborting(law: string, fault: string, make: (connection: Connection) => Ask, also: string[] = []): BrokenDriver {
  return {
    law,
    fault,
    also,
    breaks: (driver) => withConnections(driver, (connection) => ({ query: make(connection) as typeof connection.query })),
  }
}

/** The caller's promise: the result, or the reason as soon as the signal fires. */
function leaving<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  work.catch(() => {})
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener("abort", abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort))
    if (signal.aborted) abort()
  })
}

/** The error of a query hit by a stray cancel request. */
const canceled = () => new QueryError("PGSD_QUERY_CANCELED", "canceling statement due to user request", { sqlState: "57014" })

export const brokenAborts: readonly BrokenDriver[] = [
  aborting(
    "a query with an aborted signal rejects with its reason and is never sent",
    "it sends first and looks later",
    (connection) => (sql, params, options) => {
      const aborted = options?.signal?.aborted === true
      const sent = connection.query(sql, params, aborted ? {} : options)
      return aborted ? leaving(sent, options?.signal) : sent
    },
  ),
  aborting(
    WAITS,
    "a query that waits is run although it was aborted",
    (connection) => (sql, params, options) => {
      const waits = connection.status === "busy"
      const sent = connection.query(sql, params, waits ? { ...options, signal: undefined } : options)
      return waits ? leaving(sent, options?.signal) : sent
    },
    [NEIGHBOURS],
  ),
  aborting(
    STOPS,
    "it rejects and lets the query run on",
    (connection) => async (sql, params, options) => {
      options?.signal?.throwIfAborted()
      return leaving(connection.query(sql, params, { ...options, signal: undefined }), options?.signal)
    },
    [WAITS, FAILS, LATE, NEIGHBOURS],
  ),
  aborting(FAILS, "it rolls back by itself after an abort", (connection) => async (sql, params, options) => {
    try {
      return await connection.query(sql, params, options)
    } catch (error) {
      if (!isPgsdError(error) && connection.status === "failed") await connection.query("ROLLBACK")
      throw error
    }
  }),
  aborting(
    LATE,
    "a second cancel arrives a little later and hits whatever runs then",
    (connection) => {
      let stop: AbortController | undefined
      return async (sql, params, options) => {
        const own = new AbortController()
        const { signal } = options ?? {}
        const abort = () => {
          own.abort(signal?.reason)
          setTimeout(() => stop?.abort(canceled()), 1)
        }
        signal?.throwIfAborted()
        signal?.addEventListener("abort", abort, { once: true })
        stop = own
        try {
          return await connection.query(sql, params, { ...options, signal: own.signal })
        } finally {
          signal?.removeEventListener("abort", abort)
          if (stop === own) stop = undefined
        }
      }
    },
    [NEIGHBOURS, WAITS],
  ),
  aborting(
    NEIGHBOURS,
    "a cancel request hits the running query, whoever sent it",
    (connection) => {
      const underWay: AbortController[] = []
      return async (sql, params, options) => {
        const own = new AbortController()
        const { signal } = options ?? {}
        const abort = () => {
          const [running] = underWay
          if (running !== own) running?.abort(canceled())
          own.abort(signal?.reason)
        }
        signal?.throwIfAborted()
        signal?.addEventListener("abort", abort, { once: true })
        underWay.push(own)
        try {
          return await connection.query(sql, params, { ...options, signal: own.signal })
        } finally {
          signal?.removeEventListener("abort", abort)
          underWay.splice(underWay.indexOf(own), 1)
        }
      }
    },
    [WAITS],
  ),
]
