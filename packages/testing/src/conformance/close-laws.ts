import assert from "node:assert/strict"
import { closings } from "./bench.ts"
import type { LawFamily } from "./law.ts"
import { eventually, rejection, turn, within } from "./waiting.ts"

const codeOf = (error: unknown) => (error as { code?: unknown } | undefined)?.code

export const closeLaws: LawFamily = {
  name: "close and destroy",
  laws: [
    {
      name: "close() may be called twice: onClose is called once, without an error, and later queries are refused",
      check: async (bench) => {
        const connection = await bench.connect()
        const closes = closings(connection)
        await bench.soon(Promise.all([connection.close(), connection.close()]), "close() twice")
        await bench.soon(connection.close(), "close() of a closed connection")
        connection.destroy()
        await turn()
        assert.deepEqual([closes, connection.status], [[undefined], "closed"])
        for (let again = 0; again < 2; again++) {
          const refused = rejection(connection.query("SELECT 1 AS a"), "a query after close()")
          assert.equal(codeOf(await bench.soon(refused, "a query after close()")), "PGSD_CONNECTION_CLOSED")
        }
      },
    },
    {
      name: "close() lets the query in flight finish and accepts no new one",
      check: async (bench) => {
        const connection = await bench.connect()
        const inFlight = connection.query("SELECT pg_sleep(0.05), 1 AS a")
        const closing = connection.close()
        const refused = await rejection(connection.query("SELECT 2 AS b"), "a query after close()")
        assert.equal(codeOf(refused), "PGSD_CONNECTION_CLOSED")
        assert.equal((await bench.soon(inFlight, "the query in flight")).rows[0]?.a, 1)
        await bench.soon(closing, "close()")
        assert.equal(connection.status, "closed")
      },
    },
    {
      name: "close() ends the session on the server",
      needs: ["network"],
      check: async (bench) => {
        const connection = await bench.connect()
        const { processId } = connection.info
        await connection.close()
        const session = `SELECT 1 AS found FROM pg_stat_activity WHERE pid = ${processId}`
        await eventually(bench.timeoutMs, async () => (await bench.admin(session)).length === 0, "the session is still there")
      },
    },
    {
      name: "close() is bounded even when the peer is unresponsive",
      needs: ["network"],
      check: async (bench) => {
        const { proxy, target } = await bench.proxied()
        const connection = await bench.connect(target)
        proxy.blackholeOpen()
        const silent = rejection(connection.query("SELECT 1 AS a"), "a query to a silent peer")
        await within(bench.boundMs, connection.close(), "close()")
        await bench.soon(silent, "the query in flight")
        assert.equal(connection.status, "closed")
      },
    },
    {
      name: "destroy() closes at once and rejects the query in flight",
      check: async (bench) => {
        const connection = await bench.connect()
        const closes = closings(connection)
        const queries = [connection.query("SELECT pg_sleep(0.2)"), connection.query("SELECT 1 AS a")]
        const rejected = Promise.all(queries.map((query) => rejection(query, "a query in flight")))
        connection.destroy()
        assert.equal(connection.status, "closed", "status right after destroy()")
        for (const error of await bench.soon(rejected, "queries in flight")) assert.equal(codeOf(error), "PGSD_CONNECTION_CLOSED")
        await turn()
        assert.deepEqual(closes, [undefined])
      },
    },
    {
      name: "a close listener added after the end is called, too, and not synchronously",
      check: async (bench) => {
        const connection = await bench.connect()
        await connection.close()
        const closes = closings(connection)
        assert.deepEqual(closes, [], "not while it registers")
        await turn()
        assert.deepEqual(closes, [undefined])
      },
    },
    {
      name: "a closed connection leaves no socket and no timer",
      needs: ["network"],
      check: async (bench) => {
        const { proxy, target } = await bench.proxied()
        const count = () => process.getActiveResourcesInfo().filter((each) => /^(TCP|Pipe|TLS|Timeout|GetAddrInfo)/.test(each)).length
        const round = async () => {
          const connections = await Promise.all([1, 2, 3].map(() => bench.driver.connect(target)))
          await Promise.all(
            connections.map((connection) => connection.query("SELECT $1::int4 AS a", [1], { signal: new AbortController().signal })),
          )
          await Promise.all(connections.map((connection) => connection.close()))
          await eventually(bench.timeoutMs, () => proxy.connections === 0, "a socket is still open")
        }
        // The first round includes one-time resources (a resolver, a thread pool).
        await round()
        await turn()
        const before = count()
        await round()
        await eventually(
          bench.timeoutMs,
          () => count() <= before,
          () => `${count() - before} sockets or timers are left: ${process.getActiveResourcesInfo().join(", ")}`,
        )
      },
    },
  ],
}
