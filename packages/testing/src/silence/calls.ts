import type { Connection } from "@pgsd/driver"
import type { Session } from "@pgsd/driver/calls"

/** What may end a call: one of the two, or neither. */
export interface SilenceLimits {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** A call that sends statements. It passes on the given limits, and rejects if one of its statements does. */
export type SilenceCall<S> = (subject: S, limits: SilenceLimits) => Promise<unknown>

export type SilenceCalls<S> = Readonly<Record<string, SilenceCall<S>>>

/** For the calls below that write. */
export const SILENT_TABLE = "CREATE TEMP TABLE pgsd_silent (n int4)"

const ROWS = "SELECT generate_series(1, 5) AS n"
const COPY_IN = "COPY pgsd_silent FROM STDIN"
const COPY_OUT = `COPY (${ROWS}) TO STDOUT`
/** Neither a signal nor timeoutMs stops COMMIT. */
const COMMIT = { commitTimeoutMs: 150 }

/** Every call of the driver contract. */
export const CONTRACT_CALLS: SilenceCalls<Connection> = {
  query: (connection, { signal }) => connection.query("SELECT 1", undefined, { signal }),
  "several statements": (connection, { signal }) => connection.query("SELECT 1; SELECT 2", undefined, { signal }),
  "query with parameters": (connection, { signal }) => connection.query("SELECT $1::int4", [1], { signal }),
  "prepared query": (connection, { signal }) => connection.query("SELECT $1::int4", [1], { signal, prepare: true }),
  pipeline: (connection, { signal }) => connection.pipeline([{ sql: "SELECT 1" }, { sql: "SELECT $1::int4", params: [2] }], { signal }),
  portals: async (connection, { signal }) => {
    await connection.pipeline([{ sql: "BEGIN" }, { sql: ROWS, portal: "pgsd_silent", rows: 2 }], { signal })
    await connection.pipeline([{ fetch: "pgsd_silent", rows: 2 }], { signal })
    await connection.pipeline([{ close: "pgsd_silent" }, { sql: "COMMIT" }], { signal })
  },
  copyFrom: (connection, { signal }) => connection.copyFrom(COPY_IN, [Buffer.from("1\n2\n")], { signal }),
  copyTo: (connection, { signal }) => drained(connection.copyTo(COPY_OUT, { signal })),
}

/** Every call of a session, with the limits that it accepts. */
export const SESSION_CALLS: SilenceCalls<Session> = {
  query: (session, limits) => session.query("SELECT 1", undefined, limits),
  "query with parameters": (session, limits) => session.query("SELECT $1::int4", [1], limits),
  "prepared query": (session, limits) => session.query("SELECT $1::int4", [1], { ...limits, prepare: true }),
  "query with maxRows": (session, limits) => session.query("SELECT 1", undefined, { ...limits, maxRows: 5 }),
  // Inside a transaction: on its own, its COMMIT has the session's limit, which is a minute without a pool's.
  "a writer with maxRows": (session, limits) =>
    session.transaction((tx) => tx.query("DELETE FROM pgsd_silent RETURNING n", [], { ...limits, maxRows: 5 }), { ...limits, ...COMMIT }),
  one: (session, limits) => session.one("SELECT 1", [], limits),
  maybeOne: (session, limits) => session.maybeOne("SELECT 1", [], limits),
  notify: (session, limits) => session.notify("pgsd_silent", "", limits),
  batch: (session, limits) => session.batch(["SELECT 1", { text: "SELECT $1::int4", values: [2] }], limits),
  "a batch that fails": (session, limits) => session.batch(["SELECT 1", "SELECT 1/0"], limits),
  "a batch inside a transaction": (session, limits) =>
    session.transaction((tx) => tx.batch(["SELECT 1", "SELECT 2"], limits), { ...limits, ...COMMIT }),
  // It has no timeout option.
  pipeline: (session, { signal, timeoutMs }) =>
    session.pipeline([{ sql: "SELECT 1" }], { signal: signal ?? (timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)) }),
  stream: (session, limits) => drained(session.stream(ROWS, [], { ...limits, batchSize: 2 })),
  "a stream left early": async (session, limits) => {
    for await (const _ of session.stream(ROWS, [], { ...limits, batchSize: 2 })) break
    await session.query("SELECT 1", [], limits)
  },
  "a stream inside a transaction": (session, limits) =>
    session.transaction((tx) => drained(tx.stream(ROWS, [], { ...limits, batchSize: 2 })), { ...limits, ...COMMIT }),
  copyFrom: (session, limits) => session.copyFrom(COPY_IN, [[1], [2]], limits),
  copyTo: (session, limits) => drained(session.copyTo(COPY_OUT, limits)),
  transaction: (session, limits) =>
    session.transaction(
      async (tx) => {
        await tx.query("SELECT 1")
        await tx.query("SELECT $1::int4", [2])
      },
      { ...limits, ...COMMIT, isolation: "serializable", settings: { "pgsd.silent": "1" } },
    ),
  "a transaction that fails": (session, limits) =>
    session.transaction(
      async (tx) => {
        await tx.query("SELECT 1")
        throw new Error("the callback's error")
      },
      { ...limits, ...COMMIT },
    ),
  savepoint: (session, limits) =>
    session.transaction(
      async (tx) => {
        await tx.transaction((inner) => inner.query("SELECT 1"), limits)
        await tx.query("SELECT 2")
      },
      { ...limits, ...COMMIT },
    ),
  "a savepoint that fails": (session, limits) =>
    session.transaction(
      async (tx) => {
        await tx.transaction((inner) => inner.query("SELECT 1/0"), limits).catch(() => {})
        await tx.query("SELECT 2")
      },
      { ...limits, ...COMMIT },
    ),
}

async function drained(parts: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of parts) void _
}
