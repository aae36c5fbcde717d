import { connect } from "node:net"
import type { Connection, Target } from "@pgsd/driver"
import type { PlainNative } from "../plain-adapter.ts"
import { withConnections } from "../wrap.ts"
import type { BrokenDriver } from "./broken-driver.ts"

/** Four times the limit (2 s) after which the toolkit abandons what it cannot stop. */
const TIMEOUT_MS = 1_000

type Query = Connection["query"]
const deaf =
  (connection: Connection): Query =>
  (sql, params, options) =>
    connection.query(sql, params, { ...options, signal: undefined })

export const brokenSilences: readonly BrokenDriver[] = [
  {
    law: "a cancel request that is delayed, cut, refused or forwarded late never hits the next query",
    fault: "it takes any end of the request's connection for the server's",
    timeoutMs: TIMEOUT_MS,
    breaks: (driver) =>
      withConnections(driver, (connection, target) => ({
        query: (async (sql: string, params?: readonly unknown[], options: Parameters<Query>[2] = {}) => {
          const { signal } = options
          let asked: Promise<void> | undefined
          const stop = () => {
            asked = requested(target!, (connection.native as PlainNative).backendKey)
          }
          signal?.addEventListener("abort", stop, { once: true })
          try {
            return await deaf(connection)(sql, params, options)
          } catch (error) {
            throw signal?.aborted ? signal.reason : error
          } finally {
            signal?.removeEventListener("abort", stop)
            await asked
          }
        }) as Query,
      })),
  },
  {
    law: "with a peer that becomes unresponsive at any step of a call, its signal ends it, and the connection closes",
    fault: "a pipeline ignores its signal",
    timeoutMs: TIMEOUT_MS,
    breaks: (driver) => withConnections(driver, (connection) => ({ pipeline: (steps) => connection.pipeline(steps) })),
  },
  {
    law: "with a peer that becomes unresponsive at any step of a session's call, its signal or timeout ends it, and the connection closes",
    fault: "it ends its socket only between two answers",
    timeoutMs: TIMEOUT_MS,
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        query: deaf(connection),
        pipeline: (steps) => connection.pipeline(steps),
        destroy: () => {
          if (connection.status !== "busy") connection.destroy()
        },
      })),
  },
]

/** Sends a cancel request, and resolves when its connection has ended. */
function requested({ address, host, port }: Target, backendKey: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: address ?? host, port: port! })
    socket.on("error", () => {}).on("close", () => resolve())
    socket.resume().write(Buffer.concat([Buffer.from("0000001004d2162e", "hex"), backendKey]))
    // The peer accepts and never answers.
    socket.setTimeout(2_000, () => socket.destroy())
  })
}
