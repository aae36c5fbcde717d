import assert from "node:assert/strict"
import { type Connection, isPgsdError } from "@pgsd/driver"
import { checkCancels } from "../check-cancels.ts"
import { type Random, withSeed } from "../random.ts"
import type { Bench } from "./bench.ts"
import type { LawFamily } from "./law.ts"
import { eventually, pause, rejection, within } from "./waiting.ts"

const reason = new Error("no longer wanted")
/** Number of connections that share the randomised rounds. */
const CONCURRENCY = 6

export const cancelLaws: LawFamily = {
  name: "abort",
  laws: [
    {
      name: "a query with an aborted signal rejects with its reason and is never sent",
      check: async (bench) => {
        const connection = await bench.connect()
        await connection.query("CREATE TEMP TABLE pgsd_unsent (a int4)")
        const unsent = connection.query("INSERT INTO pgsd_unsent VALUES (1)", undefined, { signal: AbortSignal.abort(reason) })
        assert.equal(await rejection(unsent, "the query"), reason)
        assert.deepEqual((await connection.query("SELECT count(*)::int4 AS sent FROM pgsd_unsent")).rows, [{ sent: 0 }])
      },
    },
    {
      name: "an aborted query that was queued is never sent, and affects no other",
      check: async (bench) => {
        const connection = await bench.connect()
        await connection.query("CREATE TEMP TABLE pgsd_waiting (a int4)")
        const aborter = new AbortController()
        const before = connection.query("SELECT pg_sleep(0.05), 1 AS a")
        const waiting = connection.query("INSERT INTO pgsd_waiting VALUES (1)", undefined, { signal: aborter.signal })
        const after = connection.query("SELECT count(*)::int4 AS sent FROM pgsd_waiting")
        const rejected = rejection(waiting, "the query that waits")
        aborter.abort(reason)
        assert.equal(await bench.soon(rejected, "the aborted query"), reason)
        assert.equal((await before).rows[0]?.a, 1)
        assert.deepEqual((await after).rows, [{ sent: 0 }])
      },
    },
    {
      name: "an abort rejects with the signal's reason and stops the query on the server",
      needs: ["cancel"],
      check: async (bench) => {
        const connection = await bench.connect()
        for (const params of [undefined, [60]]) {
          const aborter = new AbortController()
          const sleep = connection.query(params === undefined ? "SELECT pg_sleep(60)" : "SELECT pg_sleep($1)", params, {
            signal: aborter.signal,
          })
          const rejected = rejection(sleep, "the query")
          await started(bench, connection)
          aborter.abort(reason)
          assert.equal(await bench.soon(rejected, "an aborted query"), reason)
          assert.equal(connection.status, "idle")
          const { rows } = await bench.soon(connection.query("SELECT 1 AS a"), "the query after an aborted one")
          assert.deepEqual(rows, [{ a: 1 }])
        }
      },
    },
    {
      name: "an abort inside a transaction fails it, and ROLLBACK ends it",
      needs: ["cancel"],
      check: async (bench) => {
        const connection = await bench.connect()
        await connection.query("BEGIN")
        const aborter = new AbortController()
        const rejected = rejection(connection.query("SELECT pg_sleep(60)", undefined, { signal: aborter.signal }), "the query")
        await started(bench, connection)
        aborter.abort(reason)
        await bench.soon(rejected, "an aborted query")
        assert.equal(connection.status, "failed")
        await bench.soon(connection.query("ROLLBACK"), "ROLLBACK")
        assert.equal(connection.status, "idle")
      },
    },
    {
      name: "a late cancel request never hits the next query on a connection",
      needs: ["cancel"],
      check: async (bench) => {
        const rounds = Math.ceil(bench.rounds("aborts") / CONCURRENCY)
        await withSeed(undefined, async (random) => {
          const workers = Array.from({ length: bench.supports.concurrency === "many" ? CONCURRENCY : 1 }, () =>
            abortRounds(bench, rounds, random),
          )
          const strays = (await Promise.all(workers)).flat()
          assert.deepEqual(strays, [], `${strays.length} stray cancels`)
        })
      },
    },
    {
      name: "a cancel request that is delayed, cut, refused or forwarded late never hits the next query",
      needs: ["cancel", "network"],
      check: (bench) =>
        checkCancels({
          target: bench.target()!,
          rounds: bench.rounds("cancels"),
          async open(target) {
            const connection = await bench.connect(target)
            return { query: (sql, params, options) => connection.query(sql, params, options), end: () => connection.destroy() }
          },
        }),
    },
    {
      name: "an abort stops its own query, never one before or after it on the wire",
      needs: ["cancel"],
      check: async (bench) => {
        let connection = await bench.connect()
        await withSeed(undefined, async (random) => {
          for (let round = 0; round < bench.rounds("aborts") / 20; round++) {
            if (connection.status === "closed") connection = await bench.connect()
            const aborter = new AbortController()
            // In the first round the other query is certainly running at the abort; later rounds abort at random moments.
            const first = round === 0
            const before = connection.query(`SELECT pg_sleep(${first ? 0.3 : 0.01}), 1 AS a`)
            const aborted = connection.query("SELECT pg_sleep(60)", undefined, { signal: aborter.signal }).catch((error: unknown) => error)
            const after = connection.query("SELECT 2 AS b")
            if (!first) await pause(random.below(20))
            aborter.abort(reason)
            assert.equal(await bench.soon(aborted, "the aborted query"), reason)
            assert.equal((await bench.soon(before, "the query before"))?.rows[0]?.a, 1)
            const b = await bench.soon(after, "the query after").then(
              (result) => result.rows[0]?.b,
              (error: unknown) => (isGivenUp(error) ? 2 : error),
            )
            assert.equal(b, 2)
          }
        })
      },
    },
    {
      name: "an abort rejects even when the cancel request cannot be delivered",
      needs: ["cancel", "network"],
      check: async (bench) => {
        const { proxy, target } = await bench.proxied()
        const connection = await bench.connect(target)
        const aborter = new AbortController()
        const rejected = rejection(connection.query("SELECT pg_sleep(60)", undefined, { signal: aborter.signal }), "the query")
        await started(bench, connection)
        await proxy.refuse()
        aborter.abort(reason)
        assert.equal(await within(bench.boundMs, rejected, "an aborted query"), reason)
        // The query still runs there: the connection must not be usable as if it did not.
        assert.ok(connection.status === "busy" || connection.status === "closed", `status is ${connection.status}`)
      },
    },
  ],
}

// With a network: once the server reports that it runs. Without one it runs as soon as it is sent.
async function started(bench: Bench, connection: Connection): Promise<void> {
  if (!bench.supports.network) return
  const active = `SELECT 1 AS found FROM pg_stat_activity WHERE pid = ${connection.info.processId} AND state = 'active' AND query LIKE '%pg_sleep%'`
  await eventually(bench.timeoutMs, async () => (await bench.admin(active)).length > 0, "the query does not run")
}

function isGivenUp(error: unknown): boolean {
  return isPgsdError(error) && error.code === "PGSD_CONNECTION_LOST"
}

/** Errors of queries that followed the aborted ones. */
async function abortRounds(bench: Bench, rounds: number, random: Random): Promise<unknown[]> {
  let connection = await bench.connect()
  const strays: unknown[] = []
  for (let round = 0; round < rounds; round++) {
    if (connection.status === "closed") connection = await bench.connect()
    const aborter = new AbortController()
    const aborted = connection.query("SELECT pg_sleep(60)", undefined, { signal: aborter.signal }).catch((error: unknown) => error)
    await pause(random.below(4))
    aborter.abort(reason)
    assert.equal(await bench.soon(aborted, "an aborted query"), reason)
    // Long enough to be hit by a late request.
    const next = connection.query("SELECT pg_sleep(0.01)")
    // A session that was discarded, because a cancel may still be in flight, cannot be hit.
    await bench.soon(next, "the query after an aborted one").catch((error: unknown) => isGivenUp(error) || strays.push(error))
  }
  return strays
}
