const PRIVATE = "reaches into pg-pool: pool._clients, client._ending, a patched Client.prototype.connect, or an object that is not a client"
const BY_HAND = "emits `error` on a client manually, which the driver treats as the end of the connection, like pg's client"
const REFUSED = "the option is refused by name"
const AS_NEEDED = "connections are opened on demand, at most three at a time, rather than one for each caller"
const KEPT = "a statement that the server rejects does not discard its connection"
const RETRIED = "a refused connect is retried until the caller's deadline; passes with failFast, or a failure is followed by a pause"
const PAUSE = "after a failed onConnect the next callers get that error during the pause"
const REFILLED = "`min` is refilled"

/** Every test of pg-pool's own suite (3.14.0, 88 tests) that fails over this package, by its full title, with the reason. */
export const FAILURES: Readonly<Record<string, string>> = {
  "Connection strings pool delegates connectionString property to client": PRIVATE,
  "connection timeout continues processing after a connection failure": PRIVATE,
  "connection timeout releases newly connected clients if the queued already timed out": PRIVATE,
  "connection timeout should connect if timeout is passed, but native client in connected state":
    "needs pg-native; fails for pg-pool, too, without it",
  "pool error handling should continue with queued items after a connection failure": RETRIED,
  "pool error handling handles post-checkout client failures in pool.query": PRIVATE,
  "pool error handling error from idle client removes client from pool": BY_HAND,
  "pool error handling error from in-use client keeps the client in the pool": BY_HAND,
  "pool error handling pool with lots of errors continues to work and provide new clients": KEPT,
  'events emits "connect" only with a successful connection': PRIVATE,
  "idle timeout can remove idle clients and recreate them": "an idle timeout of 1 ms is only met within a few milliseconds",
  "pool with callbacks passes connection errors to callback": RETRIED,
  "pool with callbacks passes props to clients": `${REFUSED}: binary`,
  "pool with callbacks does not pass client to error callback": RETRIED,
  "pool with callbacks removes client if it errors in background": BY_HAND,
  "pool with promises properly pools clients": AS_NEEDED,
  "pool with promises enables pipeline on clients when configured": `${REFUSED}: pipeline`,
  "pool with promises recovers from query errors": KEPT,
  "lifecycle hooks recovers after a hook error": PAUSE,
  "lifecycle hooks cleans up clients after repeated hook failures": PAUSE,
  "maxUses getting a connection a second time returns the same connection and releasing it also closes it": PRIVATE,
  "pool size of 1 does remove clients when at or below min if maxUses is reached": REFILLED,
  "pool size of 1 does remove clients when at or below min if maxLifetimeSeconds is reached": REFILLED,
}
