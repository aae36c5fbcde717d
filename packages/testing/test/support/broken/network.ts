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
    fault: "it leaves an aborted attempt to itself",
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
    law: "connect() honours an abort while the server is silent and leaves no socket",
    fault: "it looks at the signal when the server has spoken",
    breaks: (driver) =>
      withConnect(driver, async (target, { signal } = {}) => {
        const connection = await driver.connect(target)
        if (signal?.aborted) connection.destroy()
        signal?.throwIfAborted()
        return connection
      }),
  },
  {
    law: "connect() says when its socket is connected, and an abort there sends nothing",
    fault: "it says so when it has logged in",
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
    fault: "its deadline is its own",
    breaks: (driver) => withConnect(driver, (target, options) => driver.connect({ ...target!, connectTimeoutMs: 60_000 }, options)),
  },
  {
    law: "an attempt that fails says code and phase, and leaves no socket",
    fault: "it hands on whatever it met",
    breaks: (driver) =>
      withConnect(driver, (target, options) =>
        driver.connect(target, options).catch((error: PgsdError) => {
          throw new Error(error.message)
        }),
      ),
  },
  {
    law: "connect() without a target is refused",
    fault: "it knows a default",
    breaks: (driver) =>
      withConnect(driver, (target, options) => driver.connect(target ?? { host: "127.0.0.1", port: 1, user: "postgres" }, options)),
  },
  {
    law: "a password provider is called at most once per attempt",
    fault: "it asks twice",
    breaks: (driver) =>
      withConnect(driver, async (target, options) => {
        if (typeof target?.password === "function") await target.password({})
        return driver.connect(target, options)
      }),
  },
  {
    law: "a peer that is not PostgreSQL fails at once",
    fault: "it waits for bytes that make sense",
    breaks: (driver) =>
      withConnect(driver, (target, options) =>
        driver.connect(target, options).catch((error: PgsdError) => {
          if (error.code === "PGSD_NOT_POSTGRES") return never()
          throw error
        }),
      ),
  },
  {
    law: "an answer that the protocol does not allow ends the connection at once",
    fault: "it waits for the rest of the answer",
    breaks: (driver) =>
      withConnections(
        driver,
        querying((work) => work.catch((error: PgsdError) => (isPgsdError(error) ? never() : Promise.reject(error)))),
      ),
  },
  {
    law: "what stands where an SQLSTATE should, and is none, reaches no program",
    fault: "it hands on what the peer said",
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
    fault: "an error about the login says with what",
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
    fault: "it keeps what a provider said in a hidden property",
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
    fault: "it reads only while it asks",
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
    law: "an abort settles even when the server cannot be told",
    fault: "it waits for the server's word",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        query: ((sql, params, options) => connection.query(sql, params, { ...options, signal: undefined })) as Connection["query"],
      })),
  },
]

export const brokenLosses: readonly BrokenDriver[] = [
  {
    law: "a loss ends a COPY in either direction",
    fault: "a COPY waits for its source alone",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        copyFrom: (...call) => connection.copyFrom(...call).catch(never<never>),
      })),
  },
  {
    law: "a cut socket: the query in flight rejects, onClose tells it once, later queries reject at once, again and again",
    fault: "a query after the loss hangs",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        query: ((...call) => (connection.status === "closed" ? never() : connection.query(...call))) as Connection["query"],
      })),
  },
  {
    law: "a cut socket: the query in flight rejects, onClose tells it once, later queries reject at once, again and again",
    fault: "a loss ends the process",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        connection.onClose((error) => {
          if (error !== undefined) void Promise.reject(error)
        })
        return {}
      }),
  },
  {
    law: "a cut socket: the query in flight rejects, onClose tells it once, later queries reject at once, again and again",
    fault: "every listener is told twice",
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
    fault: "it notices a loss when it asks",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        get status() {
          return connection.status === "closed" ? "idle" : connection.status
        },
        onClose: () => {},
      })),
  },
  {
    law: "a lost connection never comes back",
    fault: "it reconnects in silence",
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
    law: "a loss keeps the server's FATAL as its cause",
    fault: "a loss is a loss to it",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        onClose: (listener) =>
          connection.onClose((error) =>
            listener(error && new DatabaseConnectionError("PGSD_CONNECTION_LOST", "lost", { retryable: true })),
          ),
      })),
  },
  {
    law: "calls to the driver's own client never hang after a loss",
    fault: "its client waits for a socket",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        native: { ask: () => (connection.status === "closed" ? never() : (connection.native as PlainNative).ask()) },
      })),
  },
  {
    law: "connections cut at random moments: nothing hangs, nothing comes back, onClose is called once",
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
    law: "destroy() does not wait for a peer that fell silent",
    fault: "destroy() is polite",
    breaks: (driver) => withConnections(driver, (connection) => ({ destroy: () => void connection.close() })),
  },
]

export const brokenFarewells: readonly BrokenDriver[] = [
  {
    law: "close() ends the session on the server",
    fault: "close() only says so",
    breaks: (driver) => withConnections(driver, () => ({ close: async () => {} })),
  },
  {
    law: "close() is bounded even when the peer fell silent",
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
    law: "nothing of a closed connection is left: no socket, no timer",
    fault: "a timer outlives its connection",
    breaks: (driver) =>
      withConnections(driver, () => {
        setTimeout(() => {}, 1_500)
        return {}
      }),
  },
]
