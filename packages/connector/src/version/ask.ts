import type { ConnectionInfo } from "@pgsd/driver"
import type { Askable, AskOptions } from "../askable.ts"
import { type FlavourRow, flavourByText, flavourColumns, readFlavour } from "./flavour.ts"
import { parseServerVersion } from "./parse-server-version.ts"
import type { ServerFlavour, ServerVersion } from "./server-version.ts"

// A session's server never changes, so a result is cached for the lifetime of the connection.
const versions = new WeakMap<ConnectionInfo, ServerVersion>()
const flavours = new WeakMap<ConnectionInfo, ServerFlavour>()

/** From ParameterStatus; if the server or its pooler reports no version, queried once. */
export async function askVersion(askable: Askable, { signal, timeoutMs }: AskOptions = {}): Promise<ServerVersion> {
  const known = versions.get(askable.info) ?? reportedVersion(askable)
  if (known !== undefined) return known
  const { rows } = await askable.query<{ version: string }>("SELECT pg_catalog.version() AS version", undefined, { signal, timeoutMs })
  const version = parseServerVersion(rows[0]?.version ?? "")
  versions.set(askable.info, version)
  return version
}

/** From ParameterStatus, without a query. */
export function reportedVersion(askable: Askable): ServerVersion | undefined {
  const { server_version: text, crdb_version: cockroach } = askable.serverParameters
  if (cockroach !== undefined) return parseServerVersion(cockroach)
  return text === undefined ? undefined : parseServerVersion(text)
}

/** One round trip, the first time. */
export async function askFlavour(askable: Askable, { signal, timeoutMs }: AskOptions = {}): Promise<ServerFlavour> {
  const known = flavours.get(askable.info)
  if (known !== undefined) return known
  // A pooler's console accepts no SELECT.
  const reported = reportedVersion(askable)
  if (reported?.flavour === "pgbouncer") return flavourByText(reported.text)
  const { rows } = await askable.query<FlavourRow>(flavourText(askable), undefined, { signal, timeoutMs })
  const row = rows[0]!
  const flavour = row.aurora === undefined ? flavourByText(row.version_text) : readFlavour(row)
  rememberFlavour(askable, flavour)
  return flavour
}

export function rememberFlavour(askable: Askable, flavour: ServerFlavour): void {
  flavours.set(askable.info, flavour)
}

// The probes need 9.6; older engines (Redshift is 8.0) would raise an ERROR.
function flavourText(askable: Askable): string {
  const number = reportedVersion(askable)?.number ?? 100_000
  return number < 90_600 ? "SELECT version() AS version_text" : `SELECT ${flavourColumns}`
}
