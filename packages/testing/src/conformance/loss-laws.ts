import assert from "node:assert/strict"
import { type Connection, DatabaseConnectionError, isPgsdError } from "@pgsd/driver"
import { type Bench, closings } from "./bench.ts"
import type { LawFamily } from "./law.ts"
import { randomCuts } from "./random-cuts.ts"
import { eventually, rejection } from "./waiting.ts"

export const lossLaws: LawFamily = {
  name: "loss",
  laws: [
    {
      name: "a cut socket: the query in flight rejects, onClose is called once, and every later query rejects at once",
      needs: ["network"],
      check: async (bench) => {
        for (const fault of ["cut", "reset"] as const) {
          const { proxy, target } = await bench.proxied()
          const connection = await bench.connect(target)
          const closes = closings(connection)
          const sent = proxy.bytesToServer
          const inFlight = rejection(connection.query("SELECT pg_sleep(60)"), "the query in flight")
          const waiting = rejection(connection.query("SELECT 1 AS a"), "the query behind it")
          await eventually(bench.timeoutMs, () => proxy.bytesToServer > sent, "the query was not sent")
          proxy[fault]()
          for (const work of [inFlight, waiting]) lost(await bench.soon(work, `a query in flight at a ${fault}`))
          await eventually(bench.timeoutMs, () => connection.status === "closed", `status is ${connection.status} after a ${fault}`)
          for (let again = 0; again < 3; again++)
            lost(await bench.soon(rejection(connection.query("SELECT 1 AS a"), "a later query"), "a query after the loss"))
          assert.equal(closes.length, 1, "calls of onClose")
          assert.ok(closes[0] instanceof DatabaseConnectionError, "onClose gets the error")
        }
      },
    },
    {
      name: "an idle connection that is cut closes by itself",
      needs: ["network"],
      check: async (bench) => {
        const { proxy, target } = await bench.proxied()
        const connection = await bench.connect(target)
        const closes = closings(connection)
        proxy.cut()
        await eventually(bench.timeoutMs, () => closes.length > 0, "onClose was not called")
        assert.equal(connection.status, "closed")
        assert.equal(closes[0]?.code, "PGSD_CONNECTION_LOST")
      },
    },
    {
      name: "a lost connection never reconnects",
      needs: ["network"],
      check: async (bench) => {
        const { proxy, target } = await bench.proxied()
        const connection = await bench.connect(target)
        const { accepted } = proxy
        proxy.cut()
        await eventually(bench.timeoutMs, () => proxy.connections === 0, "the cut did nothing")
        for (let again = 0; again < 3; again++) {
          const query = connection.query("SELECT 1 AS a")
          lost(await bench.soon(rejection(query, "a query after the loss"), "a query after the loss"))
        }
        assert.equal(proxy.accepted, accepted, "sockets opened after the loss")
      },
    },
    {
      name: "a lost connection has the server's FATAL error as its cause",
      needs: ["network"],
      check: async (bench) => {
        for (const sql of [undefined, "SELECT pg_sleep(60)"]) {
          const connection = await bench.connect()
          const closes = closings(connection)
          const inFlight = sql === undefined ? undefined : rejection(connection.query(sql), "the query in flight")
          if (inFlight !== undefined) await running(bench, connection)
          await bench.admin(`SELECT pg_terminate_backend(${connection.info.processId})`)
          await eventually(bench.timeoutMs, () => closes.length > 0, "onClose was not called")
          assert.ok(fatalOf(closes[0]) === "57P01", "onClose gets 57P01")
          if (inFlight !== undefined) assert.equal(fatalOf(await bench.soon(inFlight, "the query in flight")), "57P01")
          const later = await bench.soon(rejection(connection.query("SELECT 1 AS a"), "a later query"), "a later query")
          assert.equal(fatalOf(later), "57P01", "a later query's error")
        }
      },
    },
    {
      name: "calls to the driver's own client never hang after the connection is lost",
      needs: ["network"],
      check: async (bench) => {
        const { proxy, target } = await bench.proxied()
        const connection = await bench.connect(target)
        const closes = closings(connection)
        const native = () => bench.subject.native(connection.native, "SELECT 1 AS a")
        await bench.soon(native(), "a native call before the loss")
        proxy.cut()
        await eventually(bench.timeoutMs, () => closes.length > 0, "onClose was not called")
        for (let again = 0; again < 2; again++)
          await bench.soon(rejection(native(), "a native call after the loss"), "a native call after the loss")
        assert.equal(proxy.accepted, 1, "sockets opened")
      },
    },
    {
      name: "connections cut at random moments: nothing hangs or reconnects, onClose is called once",
      needs: ["network"],
      check: randomCuts,
    },
    {
      name: "destroy() does not wait for an unresponsive peer",
      needs: ["network"],
      check: async (bench) => {
        const { proxy, target } = await bench.proxied()
        const connection = await bench.connect(target)
        proxy.blackholeOpen()
        const silent = rejection(connection.query("SELECT 1 AS a"), "a query to a silent peer")
        connection.destroy()
        await bench.soon(silent, "a query to a silent peer after destroy()")
        assert.equal(connection.status, "closed")
      },
    },
  ],
}

function lost(error: unknown): void {
  assert.ok(error instanceof DatabaseConnectionError, "a DatabaseConnectionError")
  assert.deepEqual([error.code, error.retryable], ["PGSD_CONNECTION_LOST", true])
}

/** The SQLSTATE of an error or of its cause. */
function fatalOf(error: unknown): string | undefined {
  for (let each = error; isPgsdError(each); each = each.cause) if (each.sqlState !== undefined) return each.sqlState
  return undefined
}

async function running(bench: Bench, connection: Connection): Promise<void> {
  const active = `SELECT 1 AS found FROM pg_stat_activity WHERE pid = ${connection.info.processId} AND state = 'active'`
  await eventually(bench.timeoutMs, async () => (await bench.admin(active)).length > 0, "the query does not run")
}
