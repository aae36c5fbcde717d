import { checkOptions, flag, isPgsdError, limit, type OptionTable, PgsdError, toPgsdError } from "@pgsd/driver"
import { labelled } from "@pgsd/driver/calls"
import type { Askable } from "../askable.ts"
import type { Finding } from "../finding.ts"
import { askFacts, PERMISSION_OPTIONS, permissionReport } from "../permissions/check-permissions.ts"
import type { CheckPermissionsOptions } from "../permissions/permission-report.ts"
import { permissionsQuery } from "../permissions/permissions-query.ts"
import { rememberFlavour, reportedVersion } from "../version/ask.ts"
import { flavourByText, readFlavour } from "../version/flavour.ts"
import { catalogGates } from "../version/gates.ts"
import type { ServerFlavour, ServerVersion } from "../version/server-version.ts"
import { supportOf } from "../version/support.ts"
import { connectionFindings, type PreflightContext, verificationOf } from "./connection-findings.ts"
import type { PreflightOptions, PreflightReport } from "./preflight-report.ts"
import { serverFindings, supportFinding } from "./server-findings.ts"
import { type ServerRow, serverQuery } from "./server-query.ts"

export type { PreflightContext } from "./connection-findings.ts"

const OPTIONS: OptionTable<PreflightOptions> = { ...PERMISSION_OPTIONS, requireVerifiedTls: flag, allowUnsupported: flag }

const DEFAULTS = { timeoutMs: 30_000 } as const

/** @returns timeoutMs */
export function checkPreflightOptions(options: PreflightOptions): number {
  checkOptions("option of preflight", options, OPTIONS)
  return options.timeoutMs ?? DEFAULTS.timeoutMs
}

export function preflightTimedOut(label: string, timeoutMs: number): PgsdError {
  return new PgsdError(
    "PGSD_PREFLIGHT_TIMEOUT",
    `${label}: connecting and examining the server took longer than timeoutMs (${timeoutMs} ms)`,
    {
      label,
      retryable: true,
      hint: "is the network slow, or is the session blocked by a lock or a pooler?",
    },
  )
}

/** Parts of the report that are known once a connection is open. */
type Inspection = Pick<
  PreflightReport,
  "version" | "flavour" | "support" | "identity" | "timeouts" | "capacity" | "permissions" | "readOnly" | "error"
> & { readonly latencyMs?: number; readonly findings: readonly Finding[] }

/**
 * Two round trips: the server's identity, then the role's privileges, in queries for this version. Rejects only for an aborted signal: any
 * other failure is a finding.
 *
 * @param remainingMs what is left of `timeoutMs` after connecting
 */
export async function inspectServer(
  askable: Askable,
  options: PreflightOptions,
  context: PreflightContext,
  remainingMs?: number,
): Promise<PreflightReport> {
  const timeoutMs = checkPreflightOptions(options)
  const started = performance.now()
  const name = context.label ?? askable.info.label
  const bounds = limit(options.signal, remainingMs ?? timeoutMs, () => preflightTimedOut(name, timeoutMs))
  const inspection = await inspect(askable, { ...options, signal: bounds.signal }, context)
    .catch((error: unknown): Inspection => interrupted(name, error, bounds.signal))
    .finally(() => bounds.end())
  options.signal?.throwIfAborted()
  const { latencyMs, findings: later, ...known } = inspection
  const { host, address, port, user, database, authentication, tls, connectTimeMs } = askable.info
  const findings = [...connectionFindings(askable.info, options, context), ...later]
  const tlsVerified = verificationOf(askable.info, context)
  return {
    ok: findings.every((each) => each.level !== "fail"),
    label: name,
    reachable: true,
    findings,
    connection: {
      ...(context.driver !== undefined && { driver: context.driver }),
      ...(host !== undefined && { host }),
      ...(address !== undefined && { address }),
      ...(port !== undefined && { port }),
      user,
      database,
      authentication,
      ...(tls !== undefined && { tls }),
      ...(tlsVerified !== undefined && { tlsVerified }),
      connectTimeMs,
      ...(latencyMs !== undefined && { latencyMs }),
    },
    ...known,
    durationMs: performance.now() - started,
  }
}

async function inspect(askable: Askable, options: PreflightOptions, context: PreflightContext): Promise<Inspection> {
  const { signal } = options
  const sent = performance.now()
  const known = reportedVersion(askable)
  // Another engine, or one too old for the probes: only its version text may be queried.
  const strange = known !== undefined && supportOf(known).level === "refused"
  // A pooler's console accepts no SELECT at all: what it reported at startup is used.
  if (known?.flavour === "pgbouncer") return refusedBy(known, options)
  const { rows } = await askable.query<ServerRow>(strange ? "SELECT version() AS version_text" : serverQuery, undefined, { signal })
  const latencyMs = performance.now() - sent
  const row = rows[0]
  if (row === undefined) throw new Error("the server returned no row for the first query")
  const flavour = strange ? refusedFlavour(row.version_text, known) : readFlavour(row)
  rememberFlavour(askable, flavour)
  const support = supportOf(flavour.version, flavour.flavour)
  const refused = support.level === "refused"
  const first = [supportFinding(flavour, support, options.allowUnsupported === true)]
  const about = { version: flavour.version, flavour, support, latencyMs }
  if (strange || (refused && options.allowUnsupported !== true)) return { ...about, findings: first }
  const name = context.label ?? askable.info.label
  const role = await inspectRole(askable, row, flavour, options, first).catch((error: unknown) =>
    interrupted(name, error, options.signal, first),
  )
  return { ...about, ...role }
}

async function inspectRole(askable: Askable, row: ServerRow, flavour: ServerFlavour, options: PreflightOptions, first: readonly Finding[]) {
  const gates = catalogGates(flavour.version)
  const asked: CheckPermissionsOptions = {
    schemas: options.schemas,
    require: options.require,
    requireLeastPrivilege: options.requireLeastPrivilege,
    signal: options.signal,
  }
  const sql = permissionsQuery(gates, { systemIdentifier: row.may_read_identifier === true })
  const facts = await askFacts(askable, sql, asked)
  const permissions = permissionReport(facts, asked, gates, askable.info.user)
  const { systemIdentifier } = facts
  return {
    identity: {
      ...(systemIdentifier !== null && { systemIdentifier }),
      databaseOid: Number(row.database_oid),
      database: row.database,
    },
    readOnly: permissions.readOnly,
    timeouts: { statementTimeout: row.statement_timeout, lockTimeout: row.lock_timeout, idleInTransactionSessionTimeout: row.idle_timeout },
    capacity: {
      maxConnections: Number(row.max_connections),
      reservedConnections: Number(row.superuser_reserved) + Number(row.reserved ?? 0),
      roleLimit: row.role_limit,
      databaseLimit: row.database_limit,
    },
    permissions,
    findings: [...first, ...serverFindings(askable.info, row, permissions), ...permissions.findings],
  }
}

function refusedBy(version: ServerVersion, options: PreflightOptions): Inspection {
  const flavour = { flavour: version.flavour, addOns: [], version }
  const support = supportOf(version)
  return {
    version,
    flavour,
    support,
    findings: [supportFinding(flavour, support, options.allowUnsupported === true)],
  }
}

// The number reported at startup and the text of version() may differ (Materialize); the one that is further from PostgreSQL counts.
function refusedFlavour(text: string, known: NonNullable<ReturnType<typeof reportedVersion>>): ServerFlavour {
  const byText = flavourByText(text)
  return supportOf(byText.version, byText.flavour).level === "refused" ? byText : { ...byText, flavour: known.flavour, version: known }
}

function interrupted(
  label: string,
  error: unknown,
  signal: AbortSignal | undefined,
  before: readonly Finding[] = [],
): Pick<Inspection, "error" | "findings"> {
  // Without a database name, the session has chosen one.
  const failure = labelled(label, toPgsdError(error, { label }), signal)
  return {
    error: failure,
    findings: [
      ...before,
      {
        id: "preflight.interrupted",
        level: "fail",
        found: failure.message,
        why: "the session was opened, but the server could not be examined",
        ...(isPgsdError(failure) && failure.hint !== undefined && { fix: failure.hint }),
      },
    ],
  }
}
