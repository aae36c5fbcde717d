import assert from "node:assert/strict"
import { getEventListeners } from "node:events"
import { isIP } from "node:net"
import { DatabaseConnectionError } from "@pgsd/driver"
import { withSeed } from "../random.ts"
import type { LawFamily } from "./law.ts"
import { eventually, pause, rejection } from "./waiting.ts"

const reason = new Error("the caller went away")

export const connectLaws: LawFamily = {
  name: "connect",
  laws: [
    {
      name: "a new connection is idle and has its label, user, database and process id",
      check: async (bench) => {
        const { info, status, serverParameters } = await bench.connect()
        assert.equal(status, "idle")
        assert.ok(info.label !== "" && info.user !== "" && info.database !== "", "label, user and database")
        assert.ok(Number.isInteger(info.processId) && info.connectTimeMs >= 0, "processId and connectTimeMs")
        assert.match(serverParameters.server_version ?? "", /^\d+/)
        const target = bench.target()
        if (target === undefined) return
        assert.deepEqual([info.host, info.port, info.user], [target.host, target.port ?? 5432, target.user])
        assert.ok(target.host.startsWith("/") || isIP(info.address ?? "") !== 0, "the address that was dialled")
      },
    },
    {
      name: "connect() with an aborted signal rejects with its reason and dials nothing",
      check: async (bench) => {
        const proxied = bench.supports.network ? await bench.proxied() : undefined
        const connecting = bench.driver.connect(proxied?.target, { signal: AbortSignal.abort(reason) })
        assert.equal(await bench.soon(rejection(connecting, "connect()"), "connect()"), reason)
        assert.equal(proxied?.proxy.accepted ?? 0, 0, "sockets opened")
      },
    },
    {
      name: "connect() honours an abort at any moment and leaves no socket",
      needs: ["network"],
      check: async (bench) => {
        const { proxy, target } = await bench.proxied()
        proxy.latency(4)
        await withSeed(undefined, async (random) => {
          for (let round = 0; round < 20; round++) {
            const aborter = new AbortController()
            const connecting = bench.driver.connect(target, { signal: aborter.signal })
            const settled = connecting.then(
              (connection) => connection.destroy(),
              (error: unknown) => assert.equal(error, reason),
            )
            await pause(random.below(30))
            aborter.abort(reason)
            await bench.soon(settled, "connect() after an abort")
          }
        })
        await eventually(
          bench.timeoutMs,
          () => proxy.connections === 0,
          () => `${proxy.connections} sockets are still open after the aborts`,
        )
      },
    },
    {
      name: "connect() honours an abort while the server is unresponsive and leaves no socket",
      needs: ["network"],
      check: async (bench) => {
        const { proxy, target } = await bench.proxied()
        proxy.blackholeNew()
        const aborter = new AbortController()
        const connecting = bench.driver.connect(target, { signal: aborter.signal })
        const rejected = rejection(connecting, "connect()")
        await eventually(bench.timeoutMs, () => proxy.accepted > 0, "nothing was dialled")
        aborter.abort(reason)
        assert.equal(await bench.soon(rejected, "connect() after an abort"), reason)
        await eventually(bench.timeoutMs, () => proxy.connections === 0, "a socket is still open")
      },
    },
    {
      name: "connect() reports when its socket is connected, and after an abort there sends nothing",
      needs: ["network"],
      check: async (bench) => {
        const { proxy, target } = await bench.proxied()
        const aborter = new AbortController()
        const connecting = bench.driver.connect(target, { signal: aborter.signal, onSocketConnect: () => aborter.abort(reason) })
        assert.equal(await bench.soon(rejection(connecting, "connect()"), "connect() after an abort"), reason)
        await eventually(bench.timeoutMs, () => proxy.accepted > 0 && proxy.connections === 0, "a socket is still open")
        assert.equal(proxy.bytesToServer, 0, "bytes sent")
      },
    },
    {
      name: "connect() honours its deadline and leaves no socket",
      needs: ["network"],
      check: async (bench) => {
        const { proxy, target } = await bench.proxied({ connectTimeoutMs: 150 })
        proxy.blackholeNew()
        const started = performance.now()
        const error = await bench.soon(rejection(bench.driver.connect(target), "connect()"), "connect() with a deadline of 150 ms")
        assert.ok(error instanceof DatabaseConnectionError, "a DatabaseConnectionError")
        assert.deepEqual([error.code, error.retryable, error.phase !== undefined], ["PGSD_CONNECT_TIMEOUT", true, true])
        assert.ok(performance.now() - started >= 140, "not before its time")
        await eventually(bench.timeoutMs, () => proxy.connections === 0, "a socket is still open")
      },
    },
    {
      name: "a failed attempt has code and phase, and leaves no socket",
      needs: ["network"],
      check: async (bench) => {
        const { proxy, target } = await bench.proxied()
        const failure = async (work: Promise<unknown>) => {
          const error = await bench.soon(rejection(work, "connect()"), "connect()")
          assert.ok(error instanceof DatabaseConnectionError, "a DatabaseConnectionError")
          return [error.code, error.sqlState]
        }
        const missing = bench.driver.connect({ ...target, database: "pgsd_no_such_database" })
        assert.deepEqual(await failure(missing), ["PGSD_DATABASE_NOT_FOUND", "3D000"])
        for (const fault of [() => proxy.acceptThenClose(), () => proxy.acceptThenReset()]) {
          fault()
          assert.deepEqual(await failure(bench.driver.connect(target)), ["PGSD_CONNECTION_LOST", undefined])
        }
        await proxy.refuse()
        assert.deepEqual(await failure(bench.driver.connect(target)), ["PGSD_CONNECTION_REFUSED", undefined])
        await eventually(bench.timeoutMs, () => proxy.connections === 0, "a socket is still open")
      },
    },
    {
      name: "connect() without a target is refused",
      needs: ["network"],
      check: async (bench) => {
        const error = await rejection(bench.driver.connect(), "connect()")
        assert.equal((error as { code?: unknown }).code, "PGSD_INVALID_TARGET")
      },
    },
    {
      name: "a password provider is called at most once per attempt",
      needs: ["network"],
      check: async (bench) => {
        const password = bench.target()?.password
        let calls = 0
        const target = bench.target({
          password: async ({ signal }) => {
            calls += 1
            assert.ok(signal === undefined || signal instanceof AbortSignal)
            return typeof password === "function" ? password({ signal }) : password
          },
        })
        await bench.connect(target)
        assert.ok(calls <= 1, `called ${calls} times for one attempt`)
      },
    },
    {
      name: "neither connect() nor query() leaves a listener on its signal",
      check: async (bench) => {
        const { signal } = new AbortController()
        const connection = await bench.connect(bench.target(), { signal })
        assert.equal(getEventListeners(signal, "abort").length, 0, "after connect()")
        for (let round = 0; round < 5; round++) await connection.query("SELECT 1 AS a", undefined, { signal })
        await connection.query("SELECT pgsd_missing", [], { signal }).catch(() => {})
        assert.equal(getEventListeners(signal, "abort").length, 0, "after queries")
      },
    },
  ],
}
