import { randomBytes } from "node:crypto"
import type { Configuration } from "@pgsd/config"
import type { DatabaseConnector, PreflightReport } from "@pgsd/connector"
import { hostAndPort, isSocketDirectory } from "@pgsd/driver"
import { readCatalog } from "../catalog/read-catalog.ts"
import type { ReadCommandOptions } from "../cli/options.ts"
import type { Progress } from "../cli/progress.ts"
import type { Catalog } from "../model/catalog.ts"
import { readSnapshot } from "../snapshot/read-snapshot.ts"
import type { Scope } from "../snapshot/scope.ts"
import { withDatabaseManager } from "./databases.ts"
import { schemasOf } from "./diff-schemas.ts"
import { refuseUnfit } from "./preflight.ts"
import { snapshotFileOf } from "./snapshot-file.ts"

export type SideName = "source" | "target"

/** A database as read now, or from a snapshot. */
export interface ReadSide {
  /** Its address, without a password. */
  readonly place: string
  /** `PostgreSQL 14.23` */
  readonly server: string
  readonly catalog: Catalog
  /** Absent for a snapshot. */
  readonly preflight?: PreflightReport
}

interface Reading {
  readonly options: ReadCommandOptions
  readonly progress: Progress<SideName>
  readonly signal: AbortSignal
}

/** Reads the named sides concurrently. When one fails the other is still awaited, so that two errors are reported in one run. */
export async function readSides(configuration: Configuration, names: readonly SideName[], reading: Reading): Promise<readonly ReadSide[]> {
  const { options, progress, signal } = reading
  const live = names.filter((name) => snapshotFileOf(options[name]) === undefined)
  const readAll = async (connect: (name: SideName) => Promise<DatabaseConnector>) => {
    // The same for both, so that digests of hidden values are comparable. Never stored or shown, so that the digests are useless elsewhere.
    const salt = randomBytes(16).toString("hex")
    const settled = await Promise.allSettled(
      names.map(async (name): Promise<ReadSide> => {
        const file = snapshotFileOf(options[name])
        if (file !== undefined) return readFile(name, file, reading)
        const connector = await connect(name)
        try {
          return await readServer(name, connector, salt, reading)
        } finally {
          await connector.close()
        }
      }),
    )
    const failures = settled.flatMap((each) => (each.status === "rejected" ? [each.reason] : []))
    if (failures.length > 0) throw new AggregateError(failures)
    return settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []))
  }
  if (live.length === 0) return readAll((name) => Promise.reject(new Error(`${name} is a snapshot`)))
  return withDatabaseManager(configuration, live, async (manager) => {
    for (const name of live) progress(name, "connecting")
    await manager.initialize({ signal })
    return readAll((name) => manager.getConnection(name, { signal }))
  })
}

/** The requested scope of a side, in its own names. */
export function scopeOf(name: SideName, options: ReadCommandOptions): Scope {
  return { schemas: schemasOf(name, options) ?? null, excludedSchemas: options.excludeSchema ?? [] }
}

async function readFile(name: SideName, file: string, { options, progress, signal }: Reading): Promise<ReadSide> {
  progress(name, "reading the snapshot")
  const { place, server, catalog } = await readSnapshot(file, scopeOf(name, options), signal)
  progress(name, "read")
  return { place: `${place}, snapshot ${file}`, server, catalog }
}

async function readServer(
  name: SideName,
  connector: DatabaseConnector,
  salt: string,
  { options, progress, signal }: Reading,
): Promise<ReadSide> {
  const { schemas, excludedSchemas } = scopeOf(name, options)
  progress(name, "checking")
  const preflight = await connector.preflight({ schemas: schemas ?? undefined, allowUnsupported: options.allowUnsupported, signal })
  refuseUnfit(name, preflight)
  const catalog = await readCatalog(connector, {
    schemas: schemas ?? undefined,
    excludedSchemas,
    salt,
    signal,
    onStep: ({ reading, step, of }) => progress(name, `${reading} (${step} of ${of})`),
  })
  progress(name, "read")
  return { place: placeOf(preflight), server: `PostgreSQL ${versionOf(preflight)}`, catalog, preflight }
}

function placeOf({ connection, label }: PreflightReport): string {
  if (connection?.host === undefined) return label
  const { database, host, port } = connection
  return `${database} at ${isSocketDirectory(host) ? host : hostAndPort(host, port!)}`
}

function versionOf({ version }: PreflightReport): string {
  return version?.major === undefined
    ? (version?.text ?? "of unknown version")
    : `${version.major}.${version.minor ?? 0}${version.prerelease ?? ""}`
}
