import { sessionOf } from "@pgsd/driver/session"
import { expect, test } from "vitest"
import { fakeSession } from "../support/fake-session.ts"

// A session on a connection of its own is that connection in everything but statements.

test("listeners, ref(), unref() and close() are the connection's", async () => {
  const { connection, session } = await fakeSession()
  const seen: unknown[] = []
  session.onNotice(({ message }) => seen.push(message))
  session.onNotification(({ payload }) => seen.push(payload))
  session.onClose((error) => seen.push(error))
  connection.notice({ message: "careful" })
  connection.notify({ channel: "news", payload: "item" })
  session.unref?.()
  expect(connection.hasRef()).toBe(false)
  session.ref?.()
  expect(connection.hasRef()).toBe(true)
  await session.close()
  expect([connection.status, session.status]).toEqual(["closed", "closed"])
  expect(seen).toEqual(["careful", "item", undefined])
})

test("destroy() ends the connection", async () => {
  const { connection, session } = await fakeSession()
  session.destroy()
  expect(connection.status).toBe("closed")
})

test("a driver without ref() and unref() needs neither", async () => {
  const { connection, session } = await fakeSession()
  Object.assign(connection, { ref: undefined, unref: undefined })
  session.unref?.()
  session.ref?.()
})

test("a connection has one session, which is its own", async () => {
  const { connection, session } = await fakeSession()
  expect(sessionOf(connection)).toBe(session)
  expect(sessionOf(session)).toBe(session)
})
