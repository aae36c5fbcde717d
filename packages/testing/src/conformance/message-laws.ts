import assert from "node:assert/strict"
import type { Notice, Notification } from "@pgsd/driver"
import type { LawFamily } from "./law.ts"
import { eventually } from "./waiting.ts"

export const NOTICE = "DO $$ BEGIN RAISE WARNING 'pgsd warns' USING ERRCODE = '01042', DETAIL = 'the detail', HINT = 'the hint'; END $$"
export const LISTEN = "LISTEN pgsd_conformance"
export const NOTIFY = "NOTIFY pgsd_conformance, 'from here'"

export const messageLaws: LawFamily = {
  name: "notices and notifications",
  laws: [
    {
      name: "a notice arrives with all its parts, before its query settles",
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
        await eventually(bench.patienceMs, () => notifications.length > 0, "no notification arrived")
        const { processId } = connection.info
        assert.deepEqual(notifications, [{ channel: "pgsd_conformance", payload: "from here", processId }])
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
        await eventually(bench.patienceMs, () => payloads.length > 0, "no notification arrived")
        assert.deepEqual(payloads, ["from there"])
      },
    },
  ],
}
