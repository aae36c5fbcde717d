import { type ChildProcess, spawn } from "node:child_process"
import { accessSync, closeSync, constants, openSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { serverAccount } from "./account.ts"
import { registerDaemon } from "./run-folder.ts"
import type { ServerProcess } from "./signals.ts"

/** A server process and how it ended. */
export interface Daemon {
  readonly pid: number
  /** `undefined` if it could not be started. */
  readonly process: ServerProcess | undefined
  /** `undefined` while it runs. */
  readonly ended: () => string | undefined
}

interface DaemonOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly endsOn: ServerProcess["endsOn"]
}

/**
 * Starts a server from a run folder, as an unprivileged account, with its output in the folder's `log`. In its own process group, because
 * Ctrl-C at the terminal is for this process.
 */
export function startDaemon(folder: string, options: DaemonOptions): Daemon {
  const log = openSync(join(folder, "log"), "a")
  const [program, ...args] = diesWithParent([options.command, ...options.args], options.endsOn)
  const child = spawn(program!, args, {
    cwd: "/",
    detached: true,
    env: { LC_ALL: "C", PATH: "/usr/bin:/bin", ...options.environment },
    stdio: ["ignore", log, log],
    ...serverAccount(),
  })
  closeSync(log)
  child.unref()
  return watch(child, folder, options.endsOn)
}

export function readLog(folder: string): string {
  try {
    return readFileSync(join(folder, "log"), "utf8")
  } catch {
    return ""
  }
}

function watch(child: ChildProcess, folder: string, endsOn: ServerProcess["endsOn"]): Daemon {
  let ended: string | undefined
  child.once("error", (error) => {
    ended ??= error.message
  })
  child.once("exit", (code, signal) => {
    ended ??= signal === null ? `exit code ${code}` : `signal ${signal}`
  })
  const { pid } = child
  return { pid: pid ?? 0, process: pid === undefined ? undefined : registerDaemon(folder, pid, endsOn), ended: () => ended }
}

let setpriv: string | undefined | null = null

// prctl(PR_SET_PDEATHSIG): the kernel ends the server when this process dies in any way. Part of util-linux, not of busybox.
function diesWithParent(command: string[], endsOn: ServerProcess["endsOn"]): string[] {
  if (setpriv === null) setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find(isExecutable)
  return setpriv === undefined ? command : [setpriv, "--pdeathsig", endsOn.slice(3), "--", ...command]
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return process.platform === "linux"
  } catch {
    return false
  }
}
