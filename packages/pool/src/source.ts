import { type Connection, PgsdError, toPgsdError } from "@pgsd/driver"
import { withLabel } from "@pgsd/driver/calls"
import type { ConnectionOpener } from "./connection-opener.ts"
import type { Resolved } from "./options.ts"
import type { ConnectionPoolOptions } from "./pool-options.ts"
import { SessionSetup } from "./session-setup.ts"

/** Opens and sets up one connection; never throws synchronously. */
export interface Source {
  /** Another attempt may get another password. */
  readonly refreshable: boolean
  /** The setup of each connection, repeated after a session reset. */
  readonly setup: SessionSetup | undefined
  open(signal: AbortSignal, fresh: boolean): Promise<Connection>
}

export function sourceOf(options: ConnectionPoolOptions, settings: Resolved, opener: ConnectionOpener | undefined): Source {
  const { driver, open } = options
  const connect = async (signal: AbortSignal, fresh: boolean): Promise<Connection> => {
    if (open !== undefined) return open({ signal, fresh })
    if (opener !== undefined) return opener.open(signal, fresh)
    return driver.connect(undefined, { signal })
  }
  const setup = SessionSetup.of(settings)
  return {
    setup,
    refreshable: open !== undefined || opener?.refreshable === true,
    async open(signal, fresh) {
      const connection = await connect(signal, fresh).catch((cause: unknown) => {
        const { label } = settings
        throw signal.aborted ? signal.reason : withLabel(label, toPgsdError(cause, { driver: driver?.name, label, phase: "startup" }))
      })
      expectConnection(connection, settings.label)
      await setup?.run(connection, signal)
      return connection
    },
  }
}

// An open function that returns nothing, or a driver's own client, would otherwise be noticed too late.
function expectConnection(connection: unknown, label: string): void {
  const { query, onClose } = (connection ?? {}) as Partial<Connection>
  if (typeof query === "function" && typeof onClose === "function") return
  throw new PgsdError("PGSD_INVALID_OPTION", `${label}: what was opened is not a Connection of @pgsd/driver`, {
    label,
    hint: "open must return what a driver's connect() or a ConnectionFactory's open() gives",
  })
}
