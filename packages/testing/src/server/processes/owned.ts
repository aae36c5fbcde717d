/** A resource that must not outlive this process. */
export interface Owned {
  /** Ends it and removes its files, synchronously. */
  endSync(): void
}

const owned = new Set<Owned>()
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** Ends `it` with this process at the latest: at exit, and on a signal that nothing else handles. */
export function own(it: Owned): void {
  if (owned.size === 0) {
    process.on("exit", endAll)
    for (const name of SIGNALS) process.on(name, onSignal)
  }
  owned.add(it)
}

export function disown(it: Owned): void {
  if (!owned.delete(it) || owned.size > 0) return
  process.off("exit", endAll)
  for (const name of SIGNALS) process.off(name, onSignal)
}

function endAll(): void {
  for (const each of owned) each.endSync()
  owned.clear()
}

// A signal listener replaces the default action. With other listeners, the program decides, and ends this one by exiting or by close().
function onSignal(name: NodeJS.Signals): void {
  if (process.listenerCount(name) > 1) return
  endAll()
  for (const each of SIGNALS) process.off(each, onSignal)
  process.kill(process.pid, name)
}
