import { execFileSync } from "node:child_process"
import { readFileSync, readlinkSync } from "node:fs"

/**
 * Identifies a process over time: a process id alone is eventually reused, and means something else in another container or after a reboot.
 */
export interface ProcessIdentity {
  readonly pid: number
  /** Its start time, as the system formats it. */
  readonly startedAt: string
  /** The start of the machine and the pid namespace that `pid` belongs to. */
  readonly world: string
}

export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = startOf(pid)
  return startedAt === undefined ? undefined : { pid, startedAt, world: world() }
}

/** `undefined` if it cannot be determined: the process belongs to another container. */
export function isRunning(identity: ProcessIdentity): boolean | undefined {
  const [boot, namespace] = world().split("/")
  const [itsBoot, itsNamespace] = identity.world.split("/")
  if (itsBoot !== boot) return false
  if (itsNamespace !== namespace) return undefined
  return startOf(identity.pid) === identity.startedAt
}

/** A zombie counts as ended: it only waits for its parent. */
function startOf(pid: number): string | undefined {
  if (process.platform !== "linux") return startByPs(pid)
  try {
    // proc(5): the command may contain spaces and parentheses; state is field 3, starttime field 22.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function startByPs(pid: number): string | undefined {
  try {
    const text = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8", timeout: 5_000 }).trim()
    return text === "" || text.startsWith("Z") ? undefined : text.replace(/^\S+\s+/, "")
  } catch {
    return undefined
  }
}

let knownWorld: string | undefined

function world(): string {
  knownWorld ??= process.platform === "linux" ? `${read("/proc/sys/kernel/random/boot_id")}/${namespace()}` : "host/host"
  return knownWorld
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8").trim()
  } catch {
    return "unknown"
  }
}

function namespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid")
  } catch {
    return "unknown"
  }
}
