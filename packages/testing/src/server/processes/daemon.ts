import { type ChildProcess, spawn } from "node:child_process"
import { accessSync, closeSync, constants, openSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { serverAccount } from "./account.ts"
import type { ProcessIdentity } from "./identity.ts"
import { registerDaemon } from "./run-folder.ts"

/** A server process and how it ended. */
export interface Daemon {
  readonly pid: number
  readonly identity: ProcessIdentity | undefined
  /** Resolves when it has ended; `undefined` on `ended` until then. */
  readonly exit: Promise<string>
  readonly ended: () => string | undefined
}

/**
 * Starts a server out of a run folder, as an ordinary account, with its output in the folder's `log`. Its own process
 * group: a Ctrl-C at the terminal is this process's business.
 */
export function startDaemon(folder: string, command: string, args: readonly string[], environment: Record<string, string>): Daemon {
  const log = openSync(join(folder, "log"), "a")
  const [program, ...rest] = diesWithParent([command, ...args])
  const child = spawn(program!, rest, {
    cwd: "/",
    detached: true,
    env: { LC_ALL: "C", PATH: "/usr/bin:/bin", ...environment },
    stdio: ["ignore", log, log],
    ...serverAccount(),
  })
  closeSync(log)
  child.unref()
  return watch(child, folder)
}

export function readLog(folder: string): string {
  try {
    return readFileSync(join(folder, "log"), "utf8")
  } catch {
    return ""
  }
}

function watch(child: ChildProcess, folder: string): Daemon {
  let ended: string | undefined
  const exit = new Promise<string>((resolve) => {
    const end = (how: string) => {
      ended ??= how
      resolve(ended)
    }
    child.once("error", (error) => end(error.message))
    child.once("exit", (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`))
  })
  const pid = child.pid ?? 0
  return { pid, identity: child.pid === undefined ? undefined : registerDaemon(folder, child.pid), exit, ended: () => ended }
}

let setpriv: string | undefined | null = null

// prctl(PR_SET_PDEATHSIG): the kernel itself ends the server when this process dies in whatever way. util-linux has it, busybox not.
function diesWithParent(command: string[]): string[] {
  if (setpriv === null) setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find(isExecutable)
  return setpriv === undefined ? command : [setpriv, "--pdeathsig", "QUIT", "--", ...command]
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return process.platform === "linux"
  } catch {
    return false
  }
}
