import type { Connection } from "@pgsd/driver"
import { type FlavourRow, flavourByText, flavourColumns, readFlavour } from "./flavour.ts"
import { parseServerVersion } from "./parse-server-version.ts"
import type { ServerFlavour, ServerVersion } from "./server-version.ts"

// A session's server never changes under it, so an answer is kept as long as the connection itself.
const versions = new WeakMap<Connection, ServerVersion>()
const flavours = new WeakMap<Connection, ServerFlavour>()

/** From ParameterStatus; a server (or a pooler before it) that reports no version is asked once. */
export async function askVersion(connection: Connection, signal?: AbortSignal): Promise<ServerVersion> {
  const known = versions.get(connection) ?? reportedVersion(connection)
  if (known !== undefined) return known
  const { rows } = await connection.query<{ version: string }>("SELECT pg_catalog.version() AS version", undefined, { signal })
  const version = parseServerVersion(rows[0]?.version ?? "")
  versions.set(connection, version)
  return version
}

/** What ParameterStatus says, without asking. */
export function reportedVersion(connection: Connection): ServerVersion | undefined {
  const { server_version: text, crdb_version: cockroach } = connection.serverParameters
  if (cockroach !== undefined) return parseServerVersion(cockroach)
  return text === undefined ? undefined : parseServerVersion(text)
}

/** One round trip the first time. */
export async function askFlavour(connection: Connection, signal?: AbortSignal): Promise<ServerFlavour> {
  const known = flavours.get(connection)
  if (known !== undefined) return known
  // A pooler's console takes no SELECT.
  const reported = reportedVersion(connection)
  if (reported?.flavour === "pgbouncer") return flavourByText(reported.text)
  const { rows } = await connection.query<FlavourRow>(flavourText(connection), undefined, { signal })
  const row = rows[0]!
  const flavour = row.aurora === undefined ? flavourByText(row.version_text) : readFlavour(row)
  rememberFlavour(connection, flavour)
  return flavour
}

export function rememberFlavour(connection: Connection, flavour: ServerFlavour): void {
  flavours.set(connection, flavour)
}

// The probes exist since 9.6; older engines (Redshift is 8.0) would answer with an ERROR.
function flavourText(connection: Connection): string {
  const number = reportedVersion(connection)?.number ?? 100_000
  return number < 90_600 ? "SELECT version() AS version_text" : `SELECT ${flavourColumns}`
}
