import { type Connection, onAbort, PgsdError, toPgsdError } from "@pgsd/driver"
import type { Door } from "./door.ts"
import { PoolError } from "./errors.ts"
import type { Resolved } from "./options.ts"
import type { ConnectionPoolOptions } from "./pool-options.ts"

/** Opens and sets up one connection; never throws synchronously. */
export interface Source {
  /** Another attempt may get another password. */
  readonly refreshable: boolean
  open(signal: AbortSignal, fresh: boolean): Promise<Connection>
}

export function sourceOf(options: ConnectionPoolOptions, settings: Resolved, door: Door | undefined): Source {
  const { driver, target, open } = options
  const connect = async (signal: AbortSignal, fresh: boolean): Promise<Connection> => {
    if (open !== undefined) return open({ signal, fresh })
    if (door !== undefined) return door.open(signal, fresh)
    return driver.connect(target && { ...target, connectTimeoutMs: settings.driverTimeoutMs }, { signal })
  }
  const context = { driver: driver?.name, label: settings.label, host: target?.host, port: target?.port }
  return {
    refreshable: open !== undefined || door !== undefined || typeof target?.password === "function",
    async open(signal, fresh) {
      const connection = await connect(signal, fresh).catch((cause: unknown) => {
        throw signal.aborted ? signal.reason : toPgsdError(cause, { ...context, phase: "startup" })
      })
      expectConnection(connection, settings.label)
      if (settings.hooks.onConnect !== undefined) await setUp(connection, settings, signal)
      return connection
    },
  }
}

async function setUp(connection: Connection, settings: Resolved, signal: AbortSignal): Promise<void> {
  // A hook that hangs has no other way to be told.
  const stop = () => connection.destroy()
  const unlisten = signal.aborted ? () => {} : onAbort(signal, stop)
  try {
    // The attempt was given up before the connection came.
    signal.throwIfAborted()
    await settings.hooks.onConnect!(connection)
    if (connection.status !== "idle") throw new Error(`it left the connection ${connection.status}`)
  } catch (cause) {
    connection.destroy()
    if (signal.aborted) throw signal.reason
    const { message, retryable, sqlState } = toPgsdError(cause, { label: settings.label })
    throw new PoolError("PGSD_ON_CONNECT_FAILED", `${settings.label}: onConnect failed: ${message}`, {
      cause,
      retryable,
      sqlState,
      label: settings.label,
    })
  } finally {
    unlisten()
  }
}

// An open function that forgets its return, or gives a driver's own client, would be found out too late to tell anybody.
function expectConnection(connection: unknown, label: string): void {
  const { query, onClose } = (connection ?? {}) as Partial<Connection>
  if (typeof query === "function" && typeof onClose === "function") return
  throw new PgsdError("PGSD_INVALID_OPTION", `${label}: what was opened is not a Connection of @pgsd/driver`, {
    label,
    hint: "open must return what a driver's connect() or a ConnectionFactory's open() gives",
  })
}
