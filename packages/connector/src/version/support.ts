import type { Flavour, ServerSupport, ServerVersion } from "./server-version.ts"

/** The majors that this project is tested with; a newer server is treated as the newest of them. */
const OLDEST_FULL = 12
const OLDEST_ACCEPTED = 10
const NEWEST_TESTED = 18

/** Engines that speak the protocol but have other catalogs. */
const OTHER_ENGINES: Partial<Record<Flavour, string>> = {
  cockroachdb: "CockroachDB",
  materialize: "Materialize",
  opengauss: "openGauss or a derivative of it",
  pgbouncer: "PgBouncer's admin console, not a database (dbname=pgbouncer?)",
  redshift: "Amazon Redshift",
}

/** PostgreSQL with additions of another engine in the catalog. */
const DISTANT_FORKS: Partial<Record<Flavour, string>> = {
  babelfish: "Babelfish",
  cloudberry: "Apache Cloudberry",
  greenplum: "Greenplum",
  openhalo: "openHalo",
  yugabytedb: "YugabyteDB",
}

/** The level of support for a version. A newer major is never refused. */
export function supportOf(version: ServerVersion, flavour: Flavour = version.flavour): ServerSupport {
  const other = OTHER_ENGINES[flavour]
  if (other !== undefined) return { level: "refused", reason: `this is ${other}` }
  const { major } = version
  if (major === undefined) return { level: "refused", reason: `"${version.text}" is not a PostgreSQL version` }
  if (major < OLDEST_ACCEPTED) return { level: "refused", reason: `${describeVersion(version)} is older than ${OLDEST_ACCEPTED}` }
  if (major > NEWEST_TESTED)
    return {
      level: "newer",
      reason: `${describeVersion(version)} is newer than tested (${NEWEST_TESTED}): read with the rules of ${NEWEST_TESTED}`,
    }
  const fork = DISTANT_FORKS[flavour]
  if (fork !== undefined) return { level: "best-effort", reason: `${fork} has catalogs of its own` }
  if (version.prerelease !== undefined)
    return { level: "best-effort", reason: `${describeVersion(version)} is a prerelease: its catalog may differ from the release's` }
  if (major < OLDEST_FULL) return { level: "best-effort", reason: `${describeVersion(version)} is older than ${OLDEST_FULL}` }
  return { level: "full" }
}

/** "PostgreSQL 18.4", "PostgreSQL 9.6.24", "PostgreSQL 19beta1", or the text if it contains no version. */
export function describeVersion(version: ServerVersion): string {
  const { major, minor, patch, prerelease } = version
  if (major === undefined) return version.text === "" ? "a server without a version" : `"${version.text}"`
  if (prerelease !== undefined) return `PostgreSQL ${major}${prerelease}`
  return `PostgreSQL ${major}.${minor}${major < 10 ? `.${patch}` : ""}`
}
