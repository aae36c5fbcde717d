import { type Connection, DatabaseConnectionError, isPgsdError, type PgsdError, type QueryResult, secret } from "@pgsd/driver"
import type { PlainNative } from "../plain-adapter.ts"
import { overlaid, withConnect, withConnections } from "../wrap.ts"
import type { BrokenDriver } from "./broken-driver.ts"

const never = <T>() => new Promise<T>(() => {})

/** `query` with its outcome replaced. */
function querying(
  change: (work: Promise<QueryResult>, connection: Connection, ...call: Parameters<Connection["query"]>) => Promise<QueryResult>,
) {
  return (connection: Connection) => ({
    query: ((...call: Parameters<Connection["query"]>) => change(connection.query(...call), connection, ...call)) as Connection["query"],
  })
}

export const brokenConnects: readonly BrokenDriver[] = [
  {
    law: "connect() honours an abort at any moment and leaves no socket",
    fault: "it does not end an aborted attempt",
    breaks: (driver) =>
      withConnect(driver, (target, { signal } = {}) => {
        const connecting = driver.connect(target)
        connecting.catch(() => {})
        return new Promise((resolve, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason), { once: true })
          connecting.then(resolve, reject)
        })
      }),
  },
  {
    law: "connect() honours an abort while the server is unresponsive and leaves no socket",
    fault: "it checks the signal only after an answer of the server",
    breaks: (driver) =>
      withConnect(driver, async (target, { signal } = {}) => {
        const connection = await driver.connect(target)
        if (signal?.aborted) connection.destroy()
        signal?.throwIfAborted()
        return connection
      }),
  },
  {
    law: "connect() reports when its socket is connected, and after an abort there sends nothing",
    fault: "it reports the socket only after the login",
    breaks: (driver) =>
      withConnect(driver, async (target, { signal, onSocketConnect } = {}) => {
        const connection = await driver.connect(target, { signal })
        onSocketConnect?.()
        if (signal?.aborted) connection.destroy()
        signal?.throwIfAborted()
        return connection
      }),
  },
  {
    law: "connect() honours its deadline and leaves no socket",
    fault: "it ignores the given deadline",
    breaks: (driver) => withConnect(driver, (target, options) => driver.connect({ ...target!, connectTimeoutMs: 60_000 }, options)),
  },
  {
    law: "a failed attempt has code and phase, and leaves no socket",
    fault: "it passes on the system's errors",
    breaks: (driver) =>
      withConnect(driver, (target, options) =>
        driver.connect(target, options).catch((error: PgsdError) => {
          throw new Error(error.message)
        }),
      ),
  },
  {
    law: "connect() without a target is refused",
    fault: "it has a default target",
    breaks: (driver) =>
      withConnect(driver, (target, options) => driver.connect(target ?? { host: "127.0.0.1", port: 1, user: "postgres" }, options)),
  },
  {
    law: "a password provider is called at most once per attempt",
    fault: "it calls the provider twice",
    breaks: (driver) =>
      withConnect(driver, async (target, options) => {
        if (typeof target?.password === "function") await target.password({})
        return driver.connect(target, options)
      }),
  },
  {
    law: "a peer that is not PostgreSQL fails at once",
    fault: "it waits for valid bytes",
    breaks: (driver) =>
      withConnect(driver, (target, options) =>
        driver.connect(target, options).catch((error: PgsdError) => {
          if (error.code === "PGSD_NOT_POSTGRES") return never()
          throw error
        }),
      ),
  },
  {
    law: "an answer that violates the protocol ends the connection at once",
    fault: "it waits for the rest of the answer",
    breaks: (driver) =>
      withConnections(
        driver,
        querying((work) => work.catch((error: PgsdError) => (isPgsdError(error) ? never() : Promise.reject(error)))),
      ),
  },
  {
    law: "a session that opens with a client_encoding other than UTF8 is refused",
    fault: "it looks at client_encoding only when it changes later",
    breaks: (driver) =>
      withConnect(driver, (target, options) =>
        driver.connect(target, options).catch((error: PgsdError) => {
          if (error.code === "PGSD_ENCODING_CHANGED") return { destroy() {} } as Connection
          throw error
        }),
      ),
  },
  {
    law: "what a peer says at login is passed on without control characters",
    fault: "it passes on the peer's text",
    breaks: (driver) =>
      withConnect(driver, (target, options) =>
        driver.connect(target, options).catch((error: PgsdError) => {
          throw new DatabaseConnectionError(error.code, "no\x1b]0;title\x07")
        }),
      ),
  },
  {
    law: "an invalid SQLSTATE is not passed on",
    fault: "it passes on the peer's text",
    breaks: (driver) =>
      withConnections(
        driver,
        querying((work) =>
          work.catch((error: PgsdError) => {
            throw isPgsdError(error) ? Object.assign(error, { sqlState: "28000\x1b" }) : error
          }),
        ),
      ),
  },
  {
    law: "a password appears in no error, no inspect, no JSON and no structured clone",
    fault: "a login error contains the password",
    breaks: (driver) =>
      withConnect(driver, (target, options) =>
        driver.connect(target, options).catch((error: PgsdError) => {
          const { password } = target ?? {}
          throw typeof password === "string" ? Object.assign(error, { target }) : error
        }),
      ),
  },
  {
    law: "a password appears in no error, no inspect, no JSON and no structured clone",
    fault: "it keeps a provider's password in a hidden property",
    breaks: (driver) =>
      withConnect(driver, async (target, options) => {
        const { password } = target ?? {}
        if (typeof password !== "string") return driver.connect(target, options)
        const connection = await driver.connect({ ...target!, password: secret(password) }, options)
        const info = Object.defineProperty({ ...connection.info }, "login", { value: { password } })
        return overlaid(connection, { info })
      }),
  },
]

export const brokenConversations: readonly BrokenDriver[] = [
  {
    law: "a notification arrives while the connection is idle",
    fault: "it reads only during a query",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        const waiting: (() => void)[] = []
        return {
          onNotification: (listener) => connection.onNotification((notification) => waiting.push(() => listener(notification))),
          query: (async (...call: Parameters<Connection["query"]>) => {
            const result = await connection.query(...call)
            for (const tell of waiting.splice(0)) tell()
            return result
          }) as Connection["query"],
        }
      }),
  },
  {
    law: "a query is one round trip, with parameters and prepared too",
    fault: "it asks for the types first",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        query: (async (...call: Parameters<Connection["query"]>) => {
          if (call[1] !== undefined) await connection.query("")
          return connection.query(...call)
        }) as Connection["query"],
      })),
  },
  {
    law: "ten queries issued without awaiting share a round trip",
    fault: "one at a time",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        let last: Promise<unknown> = Promise.resolve()
        const query = (...call: Parameters<Connection["query"]>) => {
          const own = last.then(() => connection.query(...call))
          last = own.catch(() => {})
          return own
        }
        return { query: query as Connection["query"] }
      }),
  },
  {
    law: "an abort rejects even when the cancel request cannot be delivered",
    fault: "it waits for the server's answer",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        query: ((sql, params, options) => connection.query(sql, params, { ...options, signal: undefined })) as Connection["query"],
      })),
  },
]

export const brokenLosses: readonly BrokenDriver[] = [
  {
    law: "a lost connection rejects a COPY in either direction",
    fault: "a COPY waits only for its source",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        copyFrom: (...call) => connection.copyFrom(...call).catch(never<never>),
      })),
  },
  {
    law: "a cut socket: the query in flight rejects, onClose is called once, and every later query rejects at once",
    fault: "a query after a lost connection hangs",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        query: ((...call) => (connection.status === "closed" ? never() : connection.query(...call))) as Connection["query"],
      })),
  },
  {
    law: "a cut socket: the query in flight rejects, onClose is called once, and every later query rejects at once",
    fault: "a lost connection ends the process",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        connection.onClose((error) => {
          if (error !== undefined) void Promise.reject(error)
        })
        return {}
      }),
  },
  {
    law: "a cut socket: the query in flight rejects, onClose is called once, and every later query rejects at once",
    fault: "every listener is called twice",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        onClose: (listener) => {
          connection.onClose(listener)
          connection.onClose(listener)
        },
      })),
  },
  {
    law: "an idle connection that is cut closes by itself",
    fault: "it notices a lost connection only on the next query",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        get status() {
          return connection.status === "closed" ? "idle" : connection.status
        },
        onClose: () => {},
      })),
  },
  {
    law: "a lost connection never reconnects",
    fault: "it reconnects silently",
    breaks: (driver) =>
      withConnections(driver, (first, target) => {
        let current = first
        return {
          query: (async (...call: Parameters<Connection["query"]>) => {
            if (current.status === "closed") current = await driver.connect(target)
            return current.query(...call)
          }) as Connection["query"],
          destroy: () => current.destroy(),
        }
      }),
  },
  {
    law: "a lost connection has the server's FATAL error as its cause",
    fault: "a lost connection has no cause",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        onClose: (listener) =>
          connection.onClose((error) =>
            listener(error && new DatabaseConnectionError("PGSD_CONNECTION_LOST", "lost", { retryable: true })),
          ),
      })),
  },
  {
    law: "calls to the driver's own client never hang after the connection is lost",
    fault: "its client waits for a socket",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        native: { ask: (sql: string) => (connection.status === "closed" ? never() : (connection.native as PlainNative).ask(sql)) },
      })),
  },
  {
    law: "connections cut at random moments: nothing hangs or reconnects, onClose is called once",
    fault: "a prepared statement that is cut never settles",
    breaks: (driver) =>
      withConnections(
        driver,
        querying((work, _connection, _sql, _params, options) =>
          work.catch((error: unknown) => (options?.prepare === true ? never() : Promise.reject(error))),
        ),
      ),
  },
  {
    law: "destroy() does not wait for an unresponsive peer",
    fault: "destroy() sends Terminate and waits",
    breaks: (driver) => withConnections(driver, (connection) => ({ destroy: () => void connection.close() })),
  },
]

export const brokenCloses: readonly BrokenDriver[] = [
  {
    law: "close() ends the session on the server",
    fault: "close() does not close the session",
    breaks: (driver) => withConnections(driver, () => ({ close: async () => {} })),
  },
  {
    law: "close() is bounded even when the peer is unresponsive",
    fault: "close() waits for the last answer",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        let last: Promise<unknown> = Promise.resolve()
        return {
          query: ((...call) => {
            const work = connection.query(...call)
            last = work.catch(() => {})
            return work as never
          }) as Connection["query"],
          close: () => last.then(() => connection.close()),
        }
      }),
  },
  {
    law: "a closed connection leaves no socket and no timer",
    fault: "a timer outlives its connection",
    breaks: (driver) =>
      withConnections(driver, () => {
        setTimeout(() => {}, 1_500)
        return {}
      }),
  },
]
