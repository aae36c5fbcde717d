import assert from "node:assert/strict"
import { type Connection, isPgsdError, type Target } from "@pgsd/driver"
import type { FaultProxy } from "../proxy/index.ts"
import { type Random, withSeed } from "../random.ts"
import { type Bench, closings } from "./bench.ts"
import { eventually, pause } from "./waiting.ts"

/** Number of connections that are cut concurrently, each through its own proxy. */
const CONCURRENCY = 10

/** The activity of a connection when it is cut. */
const WORKLOADS: readonly ((connection: Connection) => readonly Promise<unknown>[])[] = [
  (connection) => [connection.query("SELECT 1 AS a")],
  (connection) => [connection.query("SELECT $1::int4 AS a", [1])],
  (connection) => [connection.query("SELECT n, repeat('x', 100) AS text FROM generate_series(1, 5000) AS n")],
  (connection) => Array.from({ length: 5 }, (_, n) => connection.query("SELECT $1::int4 AS a", [n])),
  (connection) => [connection.query("BEGIN"), connection.query("SELECT pgsd_missing"), connection.query("ROLLBACK")],
  (connection) => [connection.query("SELECT pg_sleep(0.02)")],
  (connection) => [connection.query("SELECT $1::text AS text", ["y".repeat(200_000)], { prepare: true })],
  (connection) => [
    connection.query("SELECT pg_sleep(60)", undefined, { signal: AbortSignal.timeout(3) }),
    connection.query("SELECT 2 AS b"),
  ],
  () => [],
]

interface Cut {
  /** Armed before the work starts, so that it takes effect in the middle of it. */
  readonly early: boolean
  strike(proxy: FaultProxy, random: Random): void
}

const CUTS: readonly Cut[] = [
  { early: false, strike: (proxy) => proxy.cut() },
  { early: false, strike: (proxy) => proxy.reset() },
  { early: true, strike: (proxy, random) => proxy.cutAfterBytes(1 + random.below(400)) },
  { early: true, strike: (proxy, random) => proxy.cutAfterBytes(1 + random.below(200_000)) },
  { early: false, strike: (proxy, random) => proxy.cutAfterBytes(1 + random.below(2_000)) },
]

/** Connections cut at random moments of random work: during startup, within a row, between two queries, while cancelling. */
export async function randomCuts(bench: Bench): Promise<void> {
  const rounds = Math.ceil(bench.rounds("cuts") / CONCURRENCY)
  await withSeed(undefined, async (random) => {
    await Promise.all(Array.from({ length: CONCURRENCY }, () => worker(bench, rounds, random)))
  })
}

async function worker(bench: Bench, rounds: number, random: Random): Promise<void> {
  const { proxy, target } = await bench.proxied()
  for (let round = 0; round < rounds; round++) {
    if (random.below(6) === 0) await cutWhileConnecting(bench, proxy, target, random)
    else await cutAtWork(bench, proxy, target, random)
    await eventually(bench.timeoutMs, () => proxy.connections === 0, "a socket is still open after its loss")
    await proxy.pass()
  }
}

async function cutWhileConnecting(bench: Bench, proxy: FaultProxy, target: Target, random: Random): Promise<void> {
  proxy.cutAfterBytes(1 + random.below(600))
  const outcome = await bench.soon(settled(bench.driver.connect(target)), "connect() cut at a random moment")
  if (outcome.error === undefined) outcome.value.destroy()
  else assert.ok(isPgsdError(outcome.error), "connect() rejects with a PgsdError")
}

async function cutAtWork(bench: Bench, proxy: FaultProxy, target: Target, random: Random): Promise<void> {
  const connection = await bench.soon(bench.driver.connect(target), "connect()")
  const closes = closings(connection)
  const workload = WORKLOADS[random.below(WORKLOADS.length)]!
  const cut = CUTS[random.below(CUTS.length)]!
  if (cut.early) cut.strike(proxy, random)
  const work = workload(connection).map(settled)
  await pause(random.below(6))
  if (!cut.early) cut.strike(proxy, random)
  await Promise.race([Promise.all(work), pause(random.below(40))])
  // A cut after some bytes may not have happened yet, and may have prevented a cancel.
  proxy.cut()
  await bench.soon(Promise.all(work), "queries under way at a cut")
  await eventually(bench.timeoutMs, () => closes.length > 0, "onClose was not called")
  const { accepted } = proxy
  for (let again = 0; again < 2; again++) {
    const { error } = await bench.soon(settled(connection.query("SELECT 1 AS a")), "a query after the cut")
    assert.ok(isPgsdError(error), "a query after the cut rejects with a PgsdError")
    assert.equal(error.code, "PGSD_CONNECTION_LOST", "a query after the cut")
  }
  assert.deepEqual([closes.length, connection.status, proxy.accepted], [1, "closed", accepted], "calls of onClose, status, sockets opened")
}

type Outcome<T> = { readonly value: T; readonly error?: undefined } | { readonly error: object }

function settled<T>(work: Promise<T>): Promise<Outcome<T>> {
  return work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error: Object(error) as object }),
  )
}
