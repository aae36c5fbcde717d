import { Readable } from "node:stream"
import { setImmediate } from "node:timers/promises"
import { asIterator, type Connection, type CopyChunks, type CopyOptions, QueryError } from "@pgsd/driver"
import { owningSource } from "@pgsd/driver/calls"
import { withConnections } from "../wrap.ts"
import type { BrokenDriver } from "./broken-driver.ts"

type CopyFrom = Connection["copyFrom"]

/** A driver with another copyFrom(). */
function copying(law: string, fault: string, change: (connection: Connection) => CopyFrom): BrokenDriver {
  const broken =
    (copyFrom: CopyFrom): CopyFrom =>
    (sql, source, options) =>
      owningSource(source, () => copyFrom(sql, source, options))
  return { law, fault, breaks: (driver) => withConnections(driver, (connection) => ({ copyFrom: broken(change(connection)) })) }
}

/** A driver with another copyTo(), for what `concerns` says. */
function reading(law: string, fault: string, concerns: (connection: Connection, options: CopyOptions) => boolean): BrokenDriver {
  return {
    law,
    fault,
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        copyTo: (sql, options = {}) => (concerns(connection, options) ? asIterator(endless()) : connection.copyTo(sql, options)),
      })),
  }
}

async function* endless(): AsyncGenerator<Uint8Array, undefined> {
  await new Promise(() => {})
  return undefined
}

async function* without(source: CopyChunks, keep: (index: number) => boolean): AsyncGenerator<Uint8Array> {
  let index = 0
  for await (const chunk of source) if (keep(index++)) yield chunk
}

export const brokenCopies: readonly BrokenDriver[] = [
  copying(
    "copyFrom sends what its source yields, split anywhere, and returns the number of rows; copyTo reads everything",
    "it loses a chunk of a long source",
    (connection) => (sql, source, options) =>
      connection.copyFrom(
        sql,
        without(source, (index) => index !== 50),
        options,
      ),
  ),
  copying(
    "a failing source ends copyFrom with its own error: nothing is copied, and the connection continues",
    "what came before the failure is copied",
    (connection) => async (sql, source, options) => {
      let failure: { readonly error: unknown } | undefined
      async function* untilFailure(): AsyncGenerator<Uint8Array> {
        try {
          yield* source
        } catch (error) {
          failure = { error }
        }
      }
      const result = await connection.copyFrom(sql, untilFailure(), options)
      if (failure !== undefined) throw failure.error
      return result
    },
  ),
  {
    law: "a Readable that fails before copyFrom has read it ends copyFrom with its error, and not the process",
    fault: "it looks at its source when its turn has come",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        copyFrom: async (...call) => {
          await setImmediate()
          return connection.copyFrom(...call)
        },
      })),
  },
  {
    law: "a source that copyFrom does not begin to read is closed",
    fault: "it is left as it is",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        copyFrom: (sql, source, options) =>
          connection.copyFrom(sql, source instanceof Readable ? source : without(source, () => true), options),
      })),
  },
  copying(
    "a refused row ends copyFrom with line and column, and closes the source: nothing is copied",
    "it loses the position of the row",
    (connection) =>
      (...call) =>
        connection.copyFrom(...call).catch((error: unknown) => {
          throw error instanceof QueryError
            ? new QueryError(error.code, error.message, { ...error, where: undefined, cause: error.cause })
            : error
        }),
  ),
  copying(
    "an abort ends copyFrom while its source is waiting: nothing is copied, and the connection is usable or closed",
    "it looks at the signal before it begins",
    (connection) =>
      async (sql, source, options: CopyOptions = {}) => {
        options.signal?.throwIfAborted()
        return connection.copyFrom(sql, source)
      },
  ),
  {
    law: "copyTo that is left early or aborted leaves the connection usable or closed",
    fault: "the statement continues when its consumer has left",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        copyTo: (...call) => {
          const output = connection.copyTo(...call)
          const left = { done: true, value: undefined } as const
          const leave = async () => {
            output.next = async () => left
            return left
          }
          const kept = {
            next: () => output.next(),
            return: leave,
            [Symbol.asyncIterator]: () => kept,
            [Symbol.asyncDispose]: async () => void (await leave()),
          }
          return kept
        },
      })),
  },
  reading(
    "a copyTo that is aborted while it waits for its turn rejects at once and is never sent",
    "it waits for data although nothing was sent",
    ({ status }) => status === "busy",
  ),
  reading(
    "a COPY in either direction on a closed connection rejects at once",
    "it waits for data although there is no connection",
    ({ status }) => status === "closed",
  ),
  {
    law: "a query sent during a COPY waits for its end",
    fault: "it is refused",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        let copies = 0
        const copyFrom: CopyFrom = (...call) => {
          copies++
          return connection.copyFrom(...call).finally(() => copies--)
        }
        const query = (async (...call: Parameters<Connection["query"]>) => {
          if (copies > 0) throw new Error("a COPY is under way")
          return connection.query(...call)
        }) as Connection["query"]
        return { copyFrom, query }
      }),
  },
  copying(
    "copyFrom and copyTo refuse other statements without sending anything",
    "it runs any statement",
    (connection) =>
      async (sql, ...rest) => {
        if (sql.startsWith("INSERT")) return connection.query(sql)
        return connection.copyFrom(sql, ...rest)
      },
  ),
]
