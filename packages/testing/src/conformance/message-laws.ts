import assert from "node:assert/strict"
import type { Notice, Notification } from "@pgsd/driver"
import type { LawFamily } from "./law.ts"
import { eventually, turn } from "./waiting.ts"

export const NOTICE = "DO $$ BEGIN RAISE WARNING 'pgsd warns' USING ERRCODE = '01042', DETAIL = 'the detail', HINT = 'the hint'; END $$"
const LISTEN = "LISTEN pgsd_conformance"
export const NOTIFY = "NOTIFY pgsd_conformance, 'from here'"

export const messageLaws: LawFamily = {
  name: "notices and notifications",
  laws: [
    {
      name: "a notice arrives with all its fields, before its query settles",
      check: async (bench) => {
        const connection = await bench.connect()
        const notices: Notice[] = []
        connection.onNotice((notice) => notices.push(notice))
        await connection.query(NOTICE)
        assert.deepEqual(
          notices.map(({ severity, sqlState, message, detail, hint }) => ({ severity, sqlState, message, detail, hint })),
          [{ severity: "WARNING", sqlState: "01042", message: "pgsd warns", detail: "the detail", hint: "the hint" }],
        )
      },
    },
    {
      name: "a notification arrives with channel, payload and the sender's process id",
      check: async (bench) => {
        const connection = await bench.connect()
        const notifications: Notification[] = []
        connection.onNotification((notification) => notifications.push(notification))
        await connection.query(LISTEN)
        await connection.query(NOTIFY)
        await eventually(bench.timeoutMs, () => notifications.length > 0, "no notification arrived")
        const { processId } = connection.info
        assert.deepEqual(notifications, [{ channel: "pgsd_conformance", payload: "from here", processId }])
      },
    },
    {
      name: "a listener that throws affects neither other listeners, nor the connection, nor the process, and becomes a warning",
      check: async (bench) => {
        const connection = await bench.connect()
        const careless = new Error("a listener of the law threw this")
        const events: string[] = []
        const fail = () => {
          throw careless
        }
        connection.onNotification(fail)
        connection.onNotification(({ payload }) => events.push(payload))
        connection.onClose(fail)
        connection.onClose(() => events.push("closed"))
        const warnings = await warningsOf(async () => {
          await connection.query(LISTEN)
          await connection.query(NOTIFY)
          await eventually(bench.timeoutMs, () => events.length > 0, "the other listener was not called")
          assert.equal(connection.status, "idle")
          await connection.close()
        })
        assert.deepEqual(events, ["from here", "closed"])
        assert.deepEqual(warnings, [careless, careless])
      },
    },
    {
      name: "a notification arrives while the connection is idle",
      needs: ["network"],
      check: async (bench) => {
        const connection = await bench.connect()
        const payloads: string[] = []
        connection.onNotification(({ payload }) => payloads.push(payload))
        await connection.query(LISTEN)
        const sender = await bench.connect()
        await sender.query("NOTIFY pgsd_conformance, 'from there'")
        await eventually(bench.timeoutMs, () => payloads.length > 0, "no notification arrived")
        assert.deepEqual(payloads, ["from there"])
      },
    },
  ],
}

/** The process warnings that `work` causes; they are not printed. */
async function warningsOf(work: () => Promise<void>): Promise<readonly Error[]> {
  const warnings: Error[] = []
  const resting = process.rawListeners("warning") as ((warning: Error) => void)[]
  const note = (warning: Error) => {
    warnings.push(warning)
  }
  process.removeAllListeners("warning").on("warning", note)
  try {
    await work()
    await turn()
  } finally {
    process.removeListener("warning", note)
    for (const listener of resting) process.on("warning", listener)
  }
  return warnings
}
