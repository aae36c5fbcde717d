import { type Clock, count, type Driver, flag, milliseconds, refuseUnknownOptions, systemClock } from "@pgsd/driver"
import { checkSessionSettings } from "./check-session-settings.ts"
import { checkConnectionInput, hasConnection, type OpeningOptions } from "./connection-opener.ts"
import type { PoolSize } from "./connection-pool.ts"
import type { CoreSettings } from "./core/settings.ts"
import { invalidOption } from "./errors.ts"
import type { ConnectionPoolOptions, PoolSettings } from "./pool-options.ts"

export const DEFAULTS = {
  max: 5,
  min: 0,
  acquireTimeoutMs: 10_000,
  connectTimeoutMs: 5_000,
  queryTimeoutMs: Number.POSITIVE_INFINITY,
  commitTimeoutMs: 60_000,
  connectConcurrency: 3,
  validateAfterMs: 1_000,
  validateTimeoutMs: 2_000,
  healthCheckIntervalMs: 30_000,
  idleTimeoutMs: 60_000,
  maxLifetimeMs: 1_800_000,
  maxLifetimeJitter: 0.1,
  maxWaiting: Number.POSITIVE_INFINITY,
  reset: "transaction",
  resetTimeoutMs: 2_000,
  cancelTimeoutMs: 2_000,
  closeTimeoutMs: 5_000,
  leakThresholdMs: Number.POSITIVE_INFINITY,
  unrefIdle: true,
  pipelineDepth: 1,
} as const satisfies Partial<PoolSettings>

/** A database inside the process (PGlite) starts with its connection, which takes seconds of CPU time and involves no network. */
const IN_PROCESS = { acquireTimeoutMs: 60_000, connectTimeoutMs: 60_000 } as const satisfies Partial<PoolSettings>

type Defaulted = { readonly [Name in keyof typeof DEFAULTS]: NonNullable<PoolSettings[Name]> }

const WITHOUT_DEFAULT = [
  "label",
  "settings",
  "pooler",
  "onConnect",
  "onRelease",
  "onError",
  "onQuery",
  "isPermanent",
  "clock",
  "random",
] as const
const OPENING = ["lookup", "attemptDelayMs", "hostRecheckMs"] as const satisfies readonly (keyof OpeningOptions)[]
const OPTIONS = [...Object.keys(DEFAULTS), ...WITHOUT_DEFAULT, "driver", "connection", "opening", "open", "openTimeoutMs", "concurrency"]

/** The depth of `pipelineDepth: "auto"`: enough to saturate the connection, few to lose with it. */
const AUTOMATIC_DEPTH = 8

/** The defaults for this driver; undefined: for `open`. */
export function defaultsOf(driver: Driver | undefined): Defaulted {
  const inProcess = driver?.supports.concurrency === "one" && !driver.supports.network
  return inProcess ? { ...DEFAULTS, ...IN_PROCESS } : DEFAULTS
}

/**
 * The validated options with defaults. `connectTimeoutMs` is the core's timeout of an attempt: with a `connection`, each step has its own
 * deadline, because one for all of them would cut short a search that continues with the next host.
 */
export interface Resolved extends CoreSettings {
  /** The option `connectTimeoutMs`: maximum time per address, and for the setup of a session, in ms. */
  readonly stepTimeoutMs: number
  /** The option that gave the core's timeout of an attempt. */
  readonly attemptLimit: "connectTimeoutMs" | "openTimeoutMs"
  readonly label: string
  readonly acquireTimeoutMs: number
  readonly queryTimeoutMs: number
  readonly commitTimeoutMs: number
  readonly cancelTimeoutMs: number
  readonly leakThresholdMs: number
  readonly reset: NonNullable<PoolSettings["reset"]>
  readonly unrefIdle: boolean
  readonly pipelineDepth: number
  /** Only statements that are known to be short share a connection. */
  readonly sharesByHistory: boolean
  readonly settings: PoolSettings["settings"]
  readonly pooler: PoolSettings["pooler"]
  /** All connections share one session. */
  readonly single: boolean
  readonly hooks: Pick<PoolSettings, "onConnect" | "onRelease" | "onError" | "onQuery" | "isPermanent">
  readonly clock: Clock
}

/** @throws PgsdError PGSD_INVALID_OPTION for unknown, invalid and contradictory options */
export function resolveOptions(options: ConnectionPoolOptions): Resolved {
  refuseUnknownOptions("pool option", options, OPTIONS)
  const single = refuseContradictions(options)
  const given = { ...defaultsOf(options.driver), ...definedOnly(options) } as PoolSettings & Defaulted
  checkSessionSettings(given)
  const max = count("max", given.max, 1)
  const min = count("min", given.min, 0)
  if (min > max) throw invalidOption(`min (${min}) is more than max (${max})`)
  const { onConnect, onRelease, onError, onQuery, isPermanent } = given
  for (const [name, hook] of Object.entries({ onConnect, onRelease, onError, onQuery, isPermanent }))
    if (hook !== undefined && typeof hook !== "function") throw invalidOption(`${name} must be a function`)
  return {
    label: options.label ?? options.driver?.name ?? "pool",
    max: single ? 1 : max,
    min: single ? Math.min(min, 1) : min,
    acquireTimeoutMs: milliseconds("acquireTimeoutMs", given.acquireTimeoutMs),
    stepTimeoutMs: milliseconds("connectTimeoutMs", given.connectTimeoutMs),
    connectTimeoutMs: hasConnection(options)
      ? Number.POSITIVE_INFINITY
      : milliseconds("openTimeoutMs", options.openTimeoutMs ?? given.connectTimeoutMs),
    attemptLimit: options.openTimeoutMs === undefined ? "connectTimeoutMs" : "openTimeoutMs",
    queryTimeoutMs: milliseconds("queryTimeoutMs", given.queryTimeoutMs),
    commitTimeoutMs: milliseconds("commitTimeoutMs", options.commitTimeoutMs ?? Math.min(DEFAULTS.commitTimeoutMs, given.queryTimeoutMs)),
    connectConcurrency: count("connectConcurrency", given.connectConcurrency, 1),
    validateAfterMs: fromZero("validateAfterMs", given.validateAfterMs),
    validateTimeoutMs: finite("validateTimeoutMs", given.validateTimeoutMs),
    healthCheckIntervalMs: milliseconds("healthCheckIntervalMs", given.healthCheckIntervalMs),
    idleTimeoutMs: fromZero("idleTimeoutMs", given.idleTimeoutMs),
    maxLifetimeMs: milliseconds("maxLifetimeMs", given.maxLifetimeMs),
    maxLifetimeJitter: fraction("maxLifetimeJitter", given.maxLifetimeJitter),
    maxWaiting: count("maxWaiting", given.maxWaiting, 1, true),
    reset: checkedReset(given.reset),
    resetTimeoutMs: finite("resetTimeoutMs", given.resetTimeoutMs),
    cancelTimeoutMs: finite("cancelTimeoutMs", given.cancelTimeoutMs),
    closeTimeoutMs: finite("closeTimeoutMs", given.closeTimeoutMs),
    leakThresholdMs: milliseconds("leakThresholdMs", given.leakThresholdMs),
    unrefIdle: flag("unrefIdle", given.unrefIdle),
    pipelineDepth: given.pipelineDepth === "auto" ? AUTOMATIC_DEPTH : count("pipelineDepth", given.pipelineDepth, 1),
    sharesByHistory: given.pipelineDepth === "auto",
    settings: given.settings,
    pooler: given.pooler,
    single,
    hooks: { onConnect, onRelease, onError, onQuery, isPermanent },
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  }
}

/** For a pool that is created later. @throws PgsdError PGSD_INVALID_OPTION for settings that createConnectionPool() would reject */
export function checkPoolSettings(settings: PoolSettings): void {
  resolveOptions({ ...settings, open: () => Promise.reject(new Error("these settings are only checked")) })
}

/** The settings with the label of `named`, which may not be known yet. */
export function withLabelOf(settings: Resolved, named: { readonly label: string }): Resolved {
  return Object.defineProperty({ ...settings }, "label", { get: () => named.label, enumerable: true })
}

/** For resize(): missing values remain unchanged. */
export function resolveSize(size: PoolSize, now: Required<PoolSize>, single: boolean): { readonly max: number; readonly min: number } {
  refuseUnknownOptions("option of resize", size, ["max", "min"])
  const max = count("max", size.max ?? now.max ?? DEFAULTS.max, 1)
  const min = count("min", size.min ?? now.min ?? DEFAULTS.min, 0)
  if (min > max) throw invalidOption(`min (${min}) is more than max (${max})`)
  return single ? { max: 1, min: Math.min(min, 1) } : { max, min }
}

function refuseContradictions(options: ConnectionPoolOptions): boolean {
  const { driver, connection, open, pipelineDepth = 1 } = options as { driver?: Driver } & typeof options
  checkOpening(options)
  if (connection !== undefined) {
    checkConnectionInput(connection)
    if (open !== undefined) throw invalidOption("connection and open are mutually exclusive: each says where to connect to")
  }
  if (driver !== undefined && open !== undefined)
    throw invalidOption("a pool takes a driver or an open function, not both", "open decides which driver it uses")
  if (open !== undefined) {
    if (typeof open !== "function") throw invalidOption("open must be a function that opens one connection")
    const { concurrency = "many" } = options as { concurrency?: string }
    if (concurrency !== "many" && concurrency !== "one") throw invalidOption('concurrency must be "many" or "one"')
    return concurrency === "one"
  }
  if (typeof driver?.connect !== "function")
    throw invalidOption(
      "a pool needs a driver and a connection, or an open function",
      "e.g. { driver: pgDriver(), connection: { host, user, database } }",
    )
  const { concurrency, openTimeoutMs } = options as { concurrency?: string; openTimeoutMs?: number }
  if (concurrency !== undefined) throw invalidOption("concurrency belongs to open; a driver says it itself")
  if (openTimeoutMs !== undefined) throw invalidOption("openTimeoutMs belongs to open; with a driver each step has connectTimeoutMs")
  if (driver.supports.network && connection === undefined)
    throw invalidOption(
      `the driver "${driver.name}" needs a connection: where to connect to, and as whom`,
      "e.g. connection: { host, user, database, password }, or resolveConnection(url) of @pgsd/config",
    )
  if ((pipelineDepth === "auto" || pipelineDepth > 1) && !driver.supports.pipeline)
    throw invalidOption(`pipelineDepth: the driver "${driver.name}" has no pipeline`)
  return driver.supports.concurrency === "one"
}

function checkOpening({ opening, connection }: ConnectionPoolOptions): void {
  if (opening === undefined) return
  if (connection === undefined) throw invalidOption("opening belongs to connection: it says how its hosts are tried")
  refuseUnknownOptions("option of opening", opening, OPENING)
  const { lookup, attemptDelayMs, hostRecheckMs } = opening
  if (lookup !== undefined && typeof lookup !== "function") throw invalidOption("opening.lookup must be a function, as dns.lookup is")
  if (attemptDelayMs !== undefined) milliseconds("opening.attemptDelayMs", attemptDelayMs)
  if (hostRecheckMs !== undefined) milliseconds("opening.hostRecheckMs", hostRecheckMs)
}

function checkedReset(reset: unknown): Resolved["reset"] {
  if (reset === "transaction" || reset === "session" || reset === "none" || typeof reset === "function") return reset as Resolved["reset"]
  throw invalidOption('reset must be "transaction", "session", "none" or a function')
}

function finite(name: string, value: number): number {
  if (Number.isFinite(milliseconds(name, value))) return value
  throw invalidOption(`${name} must be finite: what it waits for may never come`)
}

function fromZero(name: string, value: number): number {
  if (typeof value === "number" && value >= 0) return value
  throw invalidOption(`${name} must be a number of milliseconds from 0 up, or Infinity`)
}

function fraction(name: string, value: number): number {
  if (typeof value === "number" && value >= 0 && value < 1) return value
  throw invalidOption(`${name} must be from 0 (included) to 1 (excluded)`)
}

// An explicit undefined means the default.
function definedOnly<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>
}
