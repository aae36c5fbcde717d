import { refuseUnknownOptions } from "@pgsd/driver"
import { serverError } from "../errors.ts"
import { DEFAULT_TIMEOUT_MS, invalid } from "../options.ts"
import { reap } from "../processes/run-folder.ts"
import { deadline } from "../wait.ts"
import { findPgBouncer } from "./find-pg-bouncer.ts"
import type { PgBouncer, PgBouncerOptions, PoolMode } from "./pg-bouncer.ts"
import { RunningPgBouncer } from "./running-pg-bouncer.ts"

const MODES: readonly PoolMode[] = ["session", "transaction", "statement"]

/**
 * Starts the machine's PgBouncer in front of a server.
 *
 * @throws PgsdError PGSD_NO_SERVER if there is no PgBouncer; PGSD_SERVER_START if it does not start
 */
export async function pgBouncer(options: PgBouncerOptions): Promise<PgBouncer> {
  refuseUnknownOptions("PgBouncer option", options, ["server", "mode", "settings", "timeoutMs", "signal"])
  if (!MODES.includes(options.mode)) throw invalid(`mode must be one of ${MODES.join(", ")}, not "${options.mode}"`)
  const program = findPgBouncer()
  if (program === undefined)
    throw serverError("PGSD_NO_SERVER", "there is no PgBouncer on this machine (/usr/sbin/pgbouncer, PATH)", {
      hint: "install it, e.g. apt-get install pgbouncer",
    })
  reap()
  const bouncer = new RunningPgBouncer(program, options)
  try {
    await bouncer.start(deadline(options.timeoutMs ?? DEFAULT_TIMEOUT_MS, options.signal))
    return bouncer
  } catch (error) {
    await bouncer.close()
    throw error
  }
}
