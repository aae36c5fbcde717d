import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"

const USUAL_PLACES = ["/usr/sbin/pgbouncer", "/usr/local/sbin/pgbouncer", "/usr/local/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"]

/** Whether there is a PgBouncer that `pgBouncer()` can start. */
export function hasPgBouncer(): boolean {
  return findPgBouncer() !== undefined
}

export function findPgBouncer(): string | undefined {
  const known = USUAL_PLACES.find((file) => existsSync(file))
  if (known !== undefined) return known
  try {
    const found = execFileSync("sh", ["-c", "command -v pgbouncer"], { encoding: "utf8", timeout: 10_000 }).trim()
    return found.startsWith("/") ? found : undefined
  } catch {
    return undefined
  }
}
