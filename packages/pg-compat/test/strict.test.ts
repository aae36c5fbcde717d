import pg from "pg"
import Cursor from "pg-cursor"
import { expect, test } from "vitest"
import { scene } from "./support/scene.ts"

const at = scene()
const RELEASED = /^This client was released to the pool, and its connection may be in use by another caller/

test("by default the same object is lent again, and one kept after release reaches the next caller's session, as in pg", async () => {
  const pool = at.pool({ max: 1 })
  const kept = await pool.connect()
  kept.release()
  const next = await pool.connect()
  expect(next).toBe(kept)
  await next.query("BEGIN")
  await kept.query("SELECT 1")
  expect(next.getTransactionStatus()).toBe("T")
  next.release()
})

test("strict: each borrow has its own handle, which is pg's client until release and dead afterwards", async () => {
  const pool = at.pool({ max: 1, strict: true })
  const kept = await pool.connect()
  expect(kept).toBeInstanceOf(pg.Client)
  expect((await kept.query("SELECT $1::int AS a", [1])).rows).toEqual([{ a: 1 }])
  expect(kept.escapeIdentifier("a b")).toBe('"a b"')
  kept.release()
  expect(() => kept.release()).toThrow("Release called on client which has already been released to the pool.")
  await expect(kept.query("SELECT 1")).rejects.toThrow(RELEASED)
  const error = await new Promise((resolve) => kept.query("SELECT 1", resolve as never))
  expect(error).toMatchObject({ message: expect.stringMatching(RELEASED) })
  expect(() => kept.on("error", () => {})).toThrow(RELEASED)
  expect(() => void kept.end()).toThrow(RELEASED)
  const next = await pool.connect()
  expect(next).not.toBe(kept)
  next.release()
  expect(pool.totalCount).toBe(1)
})

test("strict: a method taken from the client before release is dead, too", async () => {
  const pool = at.pool({ max: 1, strict: true })
  const kept = await pool.connect()
  const query = kept.query.bind(kept) as (text: string) => Promise<unknown>
  const { on, off, end } = kept
  kept.release()
  const next = await pool.connect()
  await expect(query("SELECT 1")).rejects.toThrow(RELEASED)
  expect(() => on.call(kept, "notice", () => {})).toThrow(RELEASED)
  expect(next.listenerCount("notice")).toBe(0)
  expect(off.call(kept, "notice", () => {})).toBe(kept)
  expect(() => void (end as () => void).call(kept)).toThrow(RELEASED)
  expect((await next.query("SELECT 1 AS a")).rows).toEqual([{ a: 1 }])
  next.release()
})

test("strict: a late cursor gets its error through its own interface", async () => {
  const pool = at.pool({ max: 1, strict: true })
  const kept = await pool.connect()
  kept.release()
  const cursor = kept.query(new Cursor("SELECT 1"))
  await expect(cursor.read(1)).rejects.toThrow(RELEASED)
  expect((await pool.query("SELECT 1 AS a")).rows).toEqual([{ a: 1 }])
})

test("strict: listeners are removed at release, properties stay with the connection", async () => {
  const pool = at.pool({ max: 1, strict: true })
  const first = (await pool.connect()) as pg.PoolClient & { mark?: string }
  const received: string[] = []
  const listener = (message: { message?: string | undefined }) => void received.push(message.message ?? "")
  expect(first.on("notice", listener as never)).toBe(first)
  first.mark = "seen"
  const notice = "DO $$ BEGIN RAISE NOTICE 'hello'; END $$"
  await first.query(notice)
  first.release()
  expect(first.removeListener("notice", listener as never)).toBe(first)
  const second = (await pool.connect()) as pg.PoolClient & { mark?: string }
  await second.query(notice)
  second.release()
  expect(received).toEqual(["hello"])
  expect(second.mark).toBe("seen")
})

test("strict: pool.query and events work as without", async () => {
  const pool = at.pool({ max: 1, strict: true })
  const seen: unknown[] = []
  pool.on("acquire", (client) => seen.push(client))
  pool.on("release", (_error, client) => seen.push(client))
  expect((await pool.query("SELECT 1 AS a")).rows).toEqual([{ a: 1 }])
  expect(seen).toHaveLength(2)
  expect(seen[0]).toBe(seen[1])
})
