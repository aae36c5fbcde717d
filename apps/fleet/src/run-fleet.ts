import { seededRandom } from "@pgsd/testing"
import type { Policy } from "./policies/policy.ts"
import type { Scenario } from "./scenarios.ts"
import { BUCKET_MS, SimulatedServer } from "./server.ts"
import { VirtualClock } from "./virtual-clock.ts"

export interface FleetOptions {
  readonly policy: Policy
  readonly scenario: Scenario
  readonly processes: number
  readonly max: number
  readonly slots: number
  readonly seed: number
  /** Calls per second of all processes together. @default 400 */
  readonly callersPerSecond?: number | undefined
}

/** Two concurrent callers per process, 20 ms each. */
const TOGETHER = 2
const WORK_MS = 20
/** More processes than slots can share a server only if none keeps unused connections. */
const IDLE_TIMEOUT_MS = 1_000
const RUN_MS = 40_000
/** When callers stop arriving; the last ones have time to be served. */
const CALLERS_UNTIL_MS = 30_000
/** A caller that waits longer counts as delayed. */
const NOTICED_MS = 1_000

export interface FleetResult {
  /** Callers served, … */
  readonly served: number
  /** … lost with their session, … */
  readonly lost: number
  /** … failed while they waited for a connection, … */
  readonly failed: number
  /** … and unsettled at the end. */
  readonly waiting: number
  /** From the server's return until no earlier caller waits, and later ones wait less than 1 s, in ms; undefined: never. */
  readonly fullServiceMs: number | undefined
  /** Attempts in the worst second, whether or not a server was listening. */
  readonly worstSecond: number
  /** Attempts that reached a listening server, in the worst second since it listens again. */
  readonly worstSecondReached: number
  /** One entry per 100 ms. */
  readonly series: readonly { readonly attempts: number; readonly reached: number; readonly waiting: number }[]
}

export async function runFleet({
  policy,
  scenario,
  processes,
  max,
  slots,
  seed,
  callersPerSecond = 400,
}: FleetOptions): Promise<FleetResult> {
  const random = seededRandom(seed)
  const clock = new VirtualClock()
  const server = new SimulatedServer(clock, slots)
  for (const [at, act] of scenario.steps) clock.setTimeout(() => act(server), at)
  const counts = { served: 0, lost: 0, failed: 0 }
  const waiting = new Map<number, number>()
  let callers = 0
  let fullAt = scenario.returnsAt
  const everyMs = (1_000 * TOGETHER * processes) / callersPerSecond
  for (let n = 0; n < processes; n++) {
    const pool = policy({ clock, server, random: random.next, max, idleTimeoutMs: IDLE_TIMEOUT_MS })
    const call = async () => {
      const caller = callers++
      const since = clock.now()
      waiting.set(caller, since)
      counts[await pool.call(WORK_MS)]++
      waiting.delete(caller)
      if (since < scenario.returnsAt || clock.now() - since > NOTICED_MS) fullAt = Math.max(fullAt, clock.now())
    }
    const arrive = () => {
      for (let n = 0; n < TOGETHER; n++) void call()
      next()
    }
    // Callers are independent: the time between them is exponentially distributed.
    const next = () => {
      const delay = -Math.log(1 - random.next()) * everyMs
      if (clock.now() + delay < CALLERS_UNTIL_MS) clock.setTimeout(arrive, delay)
    }
    next()
  }
  const series: { attempts: number; reached: number; waiting: number }[] = []
  for (let at = BUCKET_MS; at <= RUN_MS; at += BUCKET_MS) {
    await clock.runUntil(at)
    const { attempts = 0, reached = 0 } = server.buckets[at / BUCKET_MS - 1] ?? {}
    series.push({ attempts, reached, waiting: waiting.size })
  }
  const returned = series.slice(scenario.steps[0]![0] / BUCKET_MS + 1)
  return {
    ...counts,
    waiting: waiting.size,
    fullServiceMs: waiting.size > 0 ? undefined : fullAt - scenario.returnsAt,
    worstSecond: worstSecond(series.map(({ attempts }) => attempts)),
    worstSecondReached: worstSecond(returned.map(({ reached }) => reached)),
    series,
  }
}

function worstSecond(buckets: readonly number[]): number {
  const perSecond = 1_000 / BUCKET_MS
  let worst = 0
  for (let end = perSecond; end <= buckets.length; end++)
    worst = Math.max(
      worst,
      buckets.slice(end - perSecond, end).reduce((sum, each) => sum + each, 0),
    )
  return worst
}
