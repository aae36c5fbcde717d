import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { Deadline } from "../wait.ts"
import { copyDataFolder, SUPERUSER } from "./data-folder.ts"
import type { LocalServer } from "./local-server.ts"
import type { Postmaster } from "./postmaster.ts"

/** What a base backup omits (PostgreSQL documentation, "Backing Up the Data Directory"). */
const LEFT_OUT = ["postmaster.pid", "postmaster.opts", "recovery.signal", "standby.signal", "pg_internal.init", "backup_label"]

/**
 * Fills the standby's data folder with a base backup of the running primary, by the low-level API, because the embedded packages lack
 * pg_basebackup.
 */
export async function copyPrimary(primary: LocalServer, standby: Postmaster, end: Deadline): Promise<void> {
  const limits = { timeoutMs: end.timeoutMs, signal: end.signal }
  const session = await primary.postmaster.session("postgres", limits)
  try {
    const [start, stop] =
      primary.version >= 15
        ? ["SELECT pg_backup_start('pgsd', true)", "SELECT labelfile FROM pg_backup_stop(false)"]
        : ["SELECT pg_start_backup('pgsd', true, false)", "SELECT labelfile FROM pg_stop_backup(false, false)"]
    await session.query(start!, limits)
    await copyDataFolder(primary.postmaster.data, standby.data, end)
    for (const name of LEFT_OUT) if (existsSync(join(standby.data, name))) rmSync(join(standby.data, name))
    const [row] = await session.query(stop!, limits)
    standby.write("backup_label", row?.labelfile ?? "")
    standby.write("standby.signal", "")
  } finally {
    await session.end()
  }
}

/** Through the primary's private socket, independent of its pg_hba.conf, TLS and proxies. */
export function primaryConninfo(primary: Postmaster): string {
  return `host=${primary.socketDirectory} port=${primary.port} user=${SUPERUSER} application_name=pgsd_standby`
}
