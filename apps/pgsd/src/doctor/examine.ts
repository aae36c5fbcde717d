import type { DatabaseConnector, Finding, PreflightReport } from "@pgsd/connector"
import { isPgsdError, toPgsdError } from "@pgsd/driver"
import { capacityFindings } from "./capacity.ts"
import type { DoctorReport, PoolPlan, SessionCounts } from "./doctor-report.ts"
import { poolerFinding } from "./pooler-mode.ts"
import { readServerState, type Thresholds } from "./server-state.ts"
import { sessionFindings } from "./sessions.ts"
import { settingFindings } from "./settings.ts"

export interface Examination {
  readonly preflight: PreflightReport
  readonly plan: PoolPlan
  /** A connection; behind a pooler a second one is opened. */
  readonly connect: () => Promise<DatabaseConnector>
  readonly signal: AbortSignal
  readonly thresholds?: Thresholds | undefined
}

const NOT_ASKED: readonly string[] = ["capacity", "read-only.off"]

const THRESHOLDS: Thresholds = { idleInTransactionMs: 10_000, transactionMs: 5 * 60_000 }

/** Examines a server that the preflight has reached. Rejects only for an aborted signal: any other failure is a finding. */
export async function examine({ preflight, plan, connect, signal, thresholds = THRESHOLDS }: Examination): Promise<DoctorReport> {
  const started = performance.now()
  const { label, reachable, connection, capacity, timeouts, durationMs, permissions } = preflight
  // Excess privileges are checked by pgsd verify; the capacity is compared with the pools below.
  const ofPermissions = new Set(permissions?.findings)
  const before = preflight.findings.filter((each) => !ofPermissions.has(each) && !NOT_ASKED.includes(each.id))
  const { findings, sessions, error } = await beyondPreflight({ preflight, plan, connect, signal, thresholds })
  const all = [...before, ...findings]
  const failure = error ?? preflight.error
  return {
    ok: all.every(({ level }) => level !== "fail"),
    label,
    reachable,
    ...(failure !== undefined && { error: failure }),
    findings: all,
    ...(connection !== undefined && { connection }),
    ...(capacity !== undefined && { capacity }),
    ...(timeouts !== undefined && { timeouts }),
    pool: { max: plan.max, min: plan.min, processes: plan.processes, listens: plan.listens },
    ...(sessions !== undefined && { sessions }),
    durationMs: durationMs + performance.now() - started,
  }
}

interface Beyond {
  readonly findings: readonly Finding[]
  readonly sessions?: SessionCounts
  readonly error?: DoctorReport["error"]
}

async function beyondPreflight(examination: Examination & { readonly thresholds: Thresholds }): Promise<Beyond> {
  const { preflight, connect, signal } = examination
  const { reachable, capacity, timeouts, connection } = preflight
  if (!reachable || capacity === undefined || timeouts === undefined || connection === undefined) return { findings: [] }
  if (connection.host === undefined)
    return { findings: [{ id: "embedded", level: "info", found: "an embedded database: one session, and no server to size a pool for" }] }
  try {
    await using connector = await connect()
    const behindPooler = preflight.findings.some(({ id }) => id === "pooler")
    const state = await readServerState(connector, examination.thresholds, signal)
    const { plan } = examination
    const { role, database, sessions, settings } = state
    const superuser = preflight.permissions?.role.superuser === true
    // Behind a pooler clients use up the pooler's limits, which are in no catalog.
    const room = behindPooler
      ? [await besideAnother(connect, (other) => poolerFinding(connector, other, signal))]
      : capacityFindings({ plan, capacity, superuser, role, database, sessions })
    const remote = !preflight.findings.some(({ id }) => id === "tls.local")
    return {
      findings: [
        ...room,
        ...settingFindings({ role, database, settings, plan, timeouts, remote }),
        ...sessionFindings(state, examination.thresholds),
      ],
      sessions,
    }
  } catch (error) {
    signal.throwIfAborted()
    const failure = toPgsdError(error, { label: preflight.label })
    const fix = isPgsdError(failure) && failure.hint !== undefined ? { fix: failure.hint } : {}
    return {
      error: failure,
      findings: [{ id: "doctor.interrupted", level: "fail", found: failure.message, why: "the rest could not be looked at", ...fix }],
    }
  }
}

async function besideAnother<T>(connect: () => Promise<DatabaseConnector>, work: (other: DatabaseConnector) => Promise<T>): Promise<T> {
  await using other = await connect()
  return await work(other)
}
