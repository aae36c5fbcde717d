import type { PreflightReport } from "@pgsd/connector"
import type { Terminal } from "../cli/terminal.ts"
import { ProgramError } from "../errors.ts"

/** @throws ProgramError PGSD_PREFLIGHT_FAILED with the first failed check and its fix */
export function refuseUnfit(name: string, { ok, findings }: PreflightReport): void {
  if (ok) return
  const failed = findings.filter(({ level }) => level === "fail")
  const text = failed.map(({ found, why }) => (why === undefined ? found : `${found}: ${why}`)).join("; ")
  throw new ProgramError("PGSD_PREFLIGHT_FAILED", `${name}: ${text}`, { hint: failed.find(({ fix }) => fix !== undefined)?.fix })
}

/** Two names for one database always compare equal, which is seldom intended. A snapshot has no preflight, and can be of the same database. */
export function warnSameDatabase(source: PreflightReport | undefined, target: PreflightReport | undefined, { err }: Terminal): void {
  const [one, other] = [source?.identity, target?.identity]
  if (one?.systemIdentifier === undefined || one.systemIdentifier !== other?.systemIdentifier) return
  if (one.databaseOid !== other.databaseOid) return
  err.write(`${err.paint.changed("pgsd: warning:")} source and target are the same database\n`)
}
