import { type Connection, type ConnectionStatus, isPgsdError, type Notification } from "@pgsd/driver"
import { withConnect, withConnections } from "../wrap.ts"
import type { BrokenDriver } from "./broken-driver.ts"

export const brokenSessions: readonly BrokenDriver[] = [
  {
    law: "a new connection is idle and has its label, user, database and process id",
    also: ["every error has the label of its connection, also one of a call's arguments"],
    fault: "it has no label",
    breaks: (driver) => withConnections(driver, (connection) => ({ info: { ...connection.info, label: "" } })),
  },
  {
    law: "connect() with an aborted signal rejects with its reason and dials nothing",
    fault: "connect() ignores its signal",
    breaks: (driver) => withConnect(driver, (target) => driver.connect(target)),
  },
  {
    law: "neither connect() nor query() leaves a listener on its signal",
    fault: "each query leaves a listener on its signal",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        query: (sql, params, options) => {
          options?.signal?.addEventListener("abort", () => {})
          return connection.query(sql, params, options)
        },
      })),
  },
  {
    law: "status is correct when a query settles: after BEGIN, an error, ROLLBACK TO, COMMIT, ROLLBACK",
    also: ["a session whose client_encoding is no longer UTF8 ends before a wrong character is read or written"],
    fault: "it rejects at the error, before the server reports the status",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        let before: ConnectionStatus | undefined
        return {
          get status() {
            return before ?? connection.status
          },
          query: async (sql, params, options) => {
            const { status } = connection
            if (status === "busy") return connection.query(sql, params, options)
            try {
              return await connection.query(sql, params, options)
            } catch (error) {
              if (!isPgsdError(error)) throw error
              before = status
              setImmediate(() => {
                before = undefined
              })
              throw error
            }
          },
        }
      }),
  },
  {
    law: "a query in a failed transaction is refused with 25P02, and COMMIT is answered with ROLLBACK",
    fault: "it reports COMMIT instead of the command tag",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        query: async (sql, params, options) => {
          const result = await connection.query(sql, params, options)
          return (sql === "COMMIT" ? { ...result, command: "COMMIT" } : result) as never
        },
      })),
  },
  {
    law: "status is busy from the call of query() until the last query has settled",
    also: ["unawaited calls to the driver's own client make the session busy, and a later query follows them"],
    fault: "its status is the last one reported by the server",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        let last: ConnectionStatus = "idle"
        return {
          get status() {
            if (connection.status !== "busy") last = connection.status
            return last
          },
        }
      }),
  },
  {
    law: "status is correct when a call to the driver's own client settles",
    fault: "its status is what its own statements have left",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        let last: ConnectionStatus = "idle"
        const note = () => {
          if (connection.status !== "busy") last = connection.status
        }
        return {
          get status() {
            return connection.status === "busy" || connection.status === "closed" ? connection.status : last
          },
          query: (sql, params, options) => {
            const asked = connection.query(sql, params, options)
            return asked.finally(note) as never
          },
          pipeline: (steps, options) => connection.pipeline(steps, options).finally(note),
          copyFrom: (sql, source, options) => connection.copyFrom(sql, source, options).finally(note),
        }
      }),
  },
  {
    law: "unawaited calls to the driver's own client make the session busy, and a later query follows them",
    fault: "it is busy with its own statements alone",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        let ours = 0
        let last: ConnectionStatus = "idle"
        const counted = <T>(asked: Promise<T>): Promise<T> => {
          ours++
          return asked.finally(() => {
            ours--
          })
        }
        return {
          get status() {
            if (connection.status !== "busy") last = connection.status
            return ours > 0 ? connection.status : last
          },
          query: (sql, params, options) => counted(connection.query(sql, params, options)) as never,
          pipeline: (steps, options) => counted(connection.pipeline(steps, options)),
          copyFrom: (sql, source, options) => counted(connection.copyFrom(sql, source, options)),
        }
      }),
  },
  {
    law: "a statement of the driver's own client and a query with the same text have each their own answer",
    fault: "it tells them apart by their texts",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        const asked = new Map<string, Promise<unknown>>()
        return {
          query: (sql, params, options) => (asked.get(sql) ?? connection.query(sql, params, options)) as never,
          get native() {
            const query = (sql: string) => {
              const own = connection.query(sql)
              if (connection.status === "busy" && sql.startsWith("INSERT")) asked.set(sql, own)
              return own
            }
            return { query }
          },
        }
      }),
  },
  {
    law: "transactionEpoch changes when a transaction ends, however it ends, and not before",
    also: ["transactionEpoch changes when a step of pipeline() ends a transaction, and not before"],
    fault: "it counts the times at which its status became idle",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        let epoch = 0
        let last: ConnectionStatus = "idle"
        return {
          get transactionEpoch() {
            if (connection.status === "idle" && last !== "idle") epoch++
            last = connection.status
            return epoch
          },
        }
      }),
  },
  {
    law: "transactionEpoch changes when a step of pipeline() ends a transaction, and not before",
    fault: "it looks for the end in the text of query() alone, and not in those of the steps",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        let unseen = 0
        return {
          get transactionEpoch() {
            return connection.transactionEpoch - unseen
          },
          pipeline: async (steps, options) => {
            const before = connection.transactionEpoch
            try {
              return await connection.pipeline(steps, options)
            } finally {
              if (connection.status !== "idle") unseen += connection.transactionEpoch - before
            }
          },
        }
      }),
  },
  {
    law: "a session whose client_encoding is no longer UTF8 ends before a wrong character is read or written",
    fault: "it does not care about client_encoding",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        query: (sql, params, options) => connection.query(/^[^;]*client_encoding[^;]*$/.test(sql) ? "" : sql, params, options),
      })),
  },
  {
    law: "serverParameters follow the server without a query",
    fault: "it copies the parameters when it connects",
    breaks: (driver) => withConnections(driver, (connection) => ({ serverParameters: { ...connection.serverParameters } })),
  },
  {
    law: "two connections are two sessions",
    fault: "all connections share one status",
    breaks: (driver) => {
      let shared: Connection | undefined
      return withConnections(driver, (connection) => ({
        get status() {
          return shared === undefined || shared.status === "closed" || connection.status !== "idle" ? connection.status : shared.status
        },
        query: (sql, params, options) => {
          if (sql === "BEGIN") shared = connection
          return connection.query(sql, params, options)
        },
      }))
    },
  },
  {
    law: "a notice arrives with all its fields, before its query settles",
    fault: "notices arrive late",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        onNotice: (listener) => connection.onNotice((notice) => setTimeout(listener, 5, notice)),
      })),
  },
  {
    law: "a notification arrives with channel, payload and the sender's process id",
    fault: "a notification lacks its sender",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        onNotification: (listener: (notification: Notification) => void) =>
          connection.onNotification((notification) => listener({ ...notification, processId: 0 })),
      })),
  },
  {
    law: "a listener that throws affects neither other listeners, nor the connection, nor the process, and becomes a warning",
    fault: "it swallows a listener's exception",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        onClose: (listener) =>
          connection.onClose((error) => {
            try {
              listener(error)
            } catch {}
          }),
      })),
  },
  {
    law: "queries issued without awaiting are answered in order",
    fault: "every other answer is late",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        query: async (sql, params, options) => {
          const result = await connection.query(sql, params, options)
          if (Number(params?.[0]) % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
          return result as never
        },
      })),
  },
  {
    law: "an error among them affects only its own query",
    fault: "one Sync for all queries sent together: an error skips those behind it",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        let underWay: Promise<unknown> = Promise.resolve()
        return {
          query: (sql, params, options) => {
            const before = underWay
            const own = connection.query(sql, params, options)
            if (params === undefined) return own as never
            const joined = before.then(() => own)
            // The batch ends when it is awaited.
            underWay = joined
            const over = () => {
              if (underWay === joined) underWay = Promise.resolve()
            }
            joined.then(over, over)
            own.catch(() => {})
            return joined as never
          },
        }
      }),
  },
]
