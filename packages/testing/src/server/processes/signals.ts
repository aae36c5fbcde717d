import { childrenOf } from "./children.ts"
import { isRunning, type ProcessIdentity } from "./identity.ts"

/** A server process, and the signal that ends it immediately. */
export interface ServerProcess extends ProcessIdentity {
  readonly endsOn: "SIGQUIT" | "SIGTERM"
}

/** How long a server may take to end before it is killed, in ms. */
const END_MS = 2_000

/** Sends a signal; not an error if the process has already ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
  }
}

/** Stops or continues a server: first the parent, so that it forks no further child, then the children. */
export function signalFamily(pid: number, name: "SIGSTOP" | "SIGCONT"): void {
  signal(pid, name)
  for (const child of childrenOf(pid)) signal(child, name)
}

/**
 * Ends a server immediately, without the event loop: at the end of this process, and for what another one left. Its own signal first,
 * because a killed PostgreSQL leaves shared memory behind.
 */
export function endSync(server: ServerProcess): void {
  const family = [server.pid, ...childrenOf(server.pid)]
  signalFamily(server.pid, "SIGCONT")
  signal(server.pid, server.endsOn)
  if (!goneWithin(server, END_MS)) for (const pid of family) signal(pid, "SIGKILL")
  goneWithin(server, END_MS)
}

function goneWithin(server: ProcessIdentity, ms: number): boolean {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  const end = performance.now() + ms
  while (isRunning(server) !== false) {
    if (performance.now() > end) return false
    Atomics.wait(cell, 0, 0, 5)
  }
  return true
}
