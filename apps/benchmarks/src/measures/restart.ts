import type { ClientOptions } from "../clients/client.ts"
import { type ClientContestant, connectClient } from "../clients/contestants.ts"
import { requestServerAction } from "../harness/server-request.ts"
import { pause } from "./pause.ts"

export interface RestartOptions extends ClientContestant {
  readonly server: Omit<ClientOptions, "max" | "settings" | "applicationName">
  readonly workers: number
  readonly downMs: number
  /** How long to wait for a success after the restart. */
  readonly timeoutMs: number
}

export interface RestartResult {
  readonly failed: number
  /** From the moment the server accepts to the first success, in ms; undefined when none came. */
  readonly firstSuccessMs: number | undefined
  /** Workers without a success within `timeoutMs`. */
  readonly stuck: number
}

/** Pause after a failed call. */
const RETRY_MS = 10

/** Workers query without a pause while the server stops (fast) and starts again. */
export async function restart({ client: name, settings, server, workers, downMs, timeoutMs }: RestartOptions): Promise<RestartResult> {
  const client = await connectClient(name, { ...server, max: workers, settings, applicationName: "bench-restart" })
  await Promise.all(Array.from({ length: workers }, () => client.query("select pg_sleep(0.01)")))
  let over = false
  let failed = 0
  // By the wall clock: the server is started by another process.
  const first = new Array<number | undefined>(workers).fill(undefined)
  const worker = async (id: number) => {
    while (!over)
      try {
        await client.query("select pg_sleep(0.002)")
        first[id] ??= Date.now()
      } catch {
        failed++
        await pause(RETRY_MS)
      }
  }
  for (let id = 0; id < workers; id++) void worker(id)
  await pause(300)
  await requestServerAction("stop")
  first.fill(undefined)
  await pause(downMs)
  const acceptsAt = await requestServerAction("start")
  const until = Date.now() + timeoutMs
  while (Date.now() < until && first.includes(undefined)) await pause(20)
  over = true
  const successes = first.filter((at) => at !== undefined)
  return {
    failed,
    firstSuccessMs: successes.length === 0 ? undefined : Math.max(0, Math.min(...successes) - acceptsAt),
    stuck: workers - successes.length,
  }
}
