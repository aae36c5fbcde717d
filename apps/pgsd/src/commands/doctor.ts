import type { Configuration } from "@pgsd/config"
import { POOL_DEFAULTS } from "@pgsd/pool"
import type { DoctorCommandOptions } from "../cli/options.ts"
import { withProgress } from "../cli/progress.ts"
import type { Terminal } from "../cli/terminal.ts"
import type { DoctorReport, PoolPlan } from "../doctor/doctor-report.ts"
import { examine } from "../doctor/examine.ts"
import { ProgramError } from "../errors.ts"
import { verifyJson } from "../render/verify-json.ts"
import { verifyText } from "../render/verify-text.ts"
import { readConfiguration, requireDatabases, withDatabaseManager } from "./databases.ts"
import { type Rendering, writeResult } from "./result.ts"
import { exitCodeOf } from "./verify.ts"
import { writeWarnings } from "./warnings.ts"

/** One to examine the server, and one more behind a pooler. */
const CONNECTIONS = { min: 0, max: 2 } as const

const VERDICT = { good: "fit for this pool", bad: "not fit for this pool" } as const

/** Whether each configured server, or the named one, suits the pools that will use it. Exit codes as verify. */
export async function doctor(connection: string | undefined, options: DoctorCommandOptions, terminal: Terminal): Promise<number> {
  if (connection !== undefined && (options.source ?? options.target) !== undefined)
    throw new ProgramError("PGSD_CONNECTION_TWICE", "a connection and --source or --target are given: which one is meant?", {
      hint: "give the connection alone, or the options alone",
    })
  // A named server is checked alone, whatever else is configured.
  const asked = connection === undefined ? options : { ...options, source: connection }
  const configuration = await readConfiguration(asked, {})
  const names = connection === undefined ? requireDatabases(configuration, "examine") : ["source"]
  writeWarnings(configuration, { ...options, connection }, terminal)
  const reports = await withProgress(names, terminal.err, () => reportsOf(configuration, names, options, terminal.signal))
  terminal.signal.throwIfAborted()
  const render: Rendering = (layout) => (options.format === "json" ? verifyJson(reports) : verifyText(reports, layout, VERDICT))
  await writeResult(render, options, terminal)
  return exitCodeOf(Object.values(reports))
}

async function reportsOf(
  configuration: Configuration,
  names: readonly string[],
  options: DoctorCommandOptions,
  signal: AbortSignal,
): Promise<Readonly<Record<string, DoctorReport>>> {
  return withDatabaseManager(withFewConnections(configuration), names, async (manager) => {
    const preflights = await manager.verifyConnections({
      requireVerifiedTls: options.requireVerifiedTls,
      allowUnsupported: options.allowUnsupported,
      signal,
    })
    const reports = names.map(async (name) => {
      const plan = planOf(configuration, name, options)
      const connect = () => manager.getConnection(name, { signal })
      return [name, await examine({ preflight: preflights[name]!, plan, connect, signal })] as const
    })
    return Object.fromEntries(await Promise.all(reports))
  })
}

function planOf({ databases }: Configuration, name: string, { poolMax, processes = 1, listen = false }: DoctorCommandOptions): PoolPlan {
  const pool = databases[name]?.pool ?? {}
  const max = poolMax ?? pool.max ?? POOL_DEFAULTS.max
  return {
    max,
    min: Math.min(pool.min ?? POOL_DEFAULTS.min, max),
    processes,
    listens: listen,
    idleTimeoutMs: pool.idleTimeoutMs ?? POOL_DEFAULTS.idleTimeoutMs,
    queryTimeoutMs: pool.queryTimeoutMs ?? POOL_DEFAULTS.queryTimeoutMs,
  }
}

function withFewConnections(configuration: Configuration): Configuration {
  const databases = Object.entries(configuration.databases).map(
    ([name, database]) => [name, { ...database, pool: { ...database.pool, ...CONNECTIONS } }] as const,
  )
  return { ...configuration, databases: Object.fromEntries(databases) }
}
