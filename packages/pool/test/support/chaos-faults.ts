import type { FaultProxy } from "@pgsd/testing/proxy"
import type { PostgresServer } from "@pgsd/testing/server"
import type { ConnectionPool } from "../../src/index.ts"
import { pause } from "./scene.ts"

/** The size of the chaos test's pool, except while it is shrunk. */
export const MAX = 6

/** The faults; the proxy passes everything again shortly after. */
type Fault = (proxy: FaultProxy, server: PostgresServer, pool: ConnectionPool, name: string) => unknown

export const FAULTS: readonly Fault[] = [
  function cut(proxy) {
    proxy.cut()
  },
  function reset(proxy) {
    proxy.reset()
  },
  function cutAfterBytes(proxy) {
    proxy.cutAfterBytes(300)
  },
  function blackholeOpen(proxy) {
    proxy.blackholeOpen()
  },
  function blackholeNew(proxy) {
    proxy.blackholeNew()
    proxy.cut()
  },
  function refuse(proxy) {
    proxy.cut()
    return proxy.refuse()
  },
  function acceptThenClose(proxy) {
    proxy.acceptThenClose()
    proxy.cut()
  },
  function acceptThenReset(proxy) {
    proxy.acceptThenReset()
    proxy.reset()
  },
  function slowFirstByte(proxy) {
    proxy.delayFirstByte(300)
    proxy.cut()
  },
  function latency(proxy) {
    proxy.latency(40)
  },
  function throttle(proxy) {
    proxy.throttle(20_000)
  },
  function halfOpen(proxy) {
    proxy.halfOpen()
  },
  function terminate(_proxy, server, _pool, name) {
    return server.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${name}'`)
  },
  async function freeze(_proxy, server) {
    await server.pause()
    await pause(300)
    await server.resume()
  },
  async function restart(_proxy, server) {
    await server.stop({ mode: "fast" })
    await server.start()
  },
  async function crash(_proxy, server) {
    await server.stop({ mode: "immediate" })
    await server.start()
  },
  function evict(_proxy, _server, pool) {
    pool.evict()
  },
  function suspend(_proxy, _server, pool) {
    pool.suspend()
  },
  function shrink(_proxy, _server, pool) {
    pool.resize({ max: 2 })
  },
  function grow(_proxy, _server, pool) {
    pool.resize({ max: MAX })
  },
  function closeIdle(_proxy, _server, pool) {
    return pool.closeIdle()
  },
]
