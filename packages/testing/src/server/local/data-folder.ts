import { createHash } from "node:crypto"
import { appendFileSync, chmodSync, chownSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import type { Binaries } from "../binaries/binaries.ts"
import { buildOnce } from "../binaries/build-once.ts"
import { serverAccount } from "../processes/account.ts"
import type { Deadline } from "../wait.ts"
import { runProgram } from "./run-program.ts"

/** The superuser of every server started here. */
export const SUPERUSER = "postgres"

/** The file of this package's settings, included last by postgresql.conf. */
export const SETTINGS_FILE = "pgsd.conf"

/** A folder owned by the server's account and closed to others, as PostgreSQL requires for its data. */
export function privateFolder(folder: string): string {
  mkdirSync(folder, { mode: 0o700 })
  giveToServer(folder)
  return folder
}

export function giveToServer(path: string): void {
  const account = serverAccount()
  if (account !== undefined) chownSync(path, account.uid, account.gid)
}

export function environmentOf(binaries: Binaries): Record<string, string> {
  if (binaries.lib === undefined) return {}
  return process.platform === "darwin" ? { DYLD_LIBRARY_PATH: binaries.lib } : { LD_LIBRARY_PATH: binaries.lib }
}

/** Segments of 1 MB instead of 16: the first one is most of what is copied for each server. */
const INITDB = ["--username", SUPERUSER, "--auth", "trust", "--locale", "C", "--encoding", "UTF8", "--wal-segsize", "1", "--no-sync"]

/** Part of the template's name, so that a version of this package with another recipe creates its own. */
const RECIPE = createHash("sha256").update(INITDB.join(" ")).digest("hex").slice(0, 6)

/** A new data folder: initdb runs once per build, later servers get a copy of its result. */
export async function createDataFolder(folder: string, binaries: Binaries, end: Deadline): Promise<void> {
  const template = await buildOnce(`data-${binaries.key}-${RECIPE}`, end, async (draft) => {
    privateFolder(draft)
    await runProgram(join(binaries.bin, "initdb"), [...INITDB, "--pgdata", draft], end, { environment: environmentOf(binaries) })
    appendFileSync(join(draft, "postgresql.conf"), `\ninclude '${SETTINGS_FILE}'\n`)
  })
  await copyDataFolder(template, folder, end)
}

/** Copies a data folder that may be in use (see the documentation of pg_backup_start): files may disappear during the copy. */
export async function copyDataFolder(from: string, to: string, end: Deadline): Promise<void> {
  privateFolder(to)
  await runProgram("cp", ["-Rp", `${from}/.`, to], end, {
    tolerates: (output) => output !== "" && output.split("\n").every((line) => line === "" || line.includes("No such file or directory")),
  })
  chmodSync(to, 0o700)
}
