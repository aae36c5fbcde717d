import { existsSync } from "node:fs"
import { dirname } from "node:path"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { versions } from "./support/versions.ts"

describe.each(versions)("PostgreSQL %i", (version) => {
  let primary: PostgresServer
  let standby: PostgresServer

  beforeAll(async () => {
    primary = await postgresServer({ version, users: [{ name: "app", password: "secret" }] })
    await primary.sql("CREATE TABLE t (n int); INSERT INTO t VALUES (1); GRANT ALL ON t TO app")
    standby = await postgresServer({ standbyOf: primary })
  })

  afterAll(async () => {
    await standby?.close()
    await primary?.close()
  })

  async function write(server: PostgresServer, n: number): Promise<unknown> {
    const client = new pg.Client(server.url({ user: "app", password: "secret" }))
    try {
      await client.connect()
      return (await client.query("INSERT INTO t VALUES ($1)", [n])).rowCount
    } finally {
      await client.end()
    }
  }

  test("a standby has its primary's version, data and users, follows it, and is read-only", async () => {
    expect(standby).toMatchObject({ version, password: primary.password, serverVersion: primary.serverVersion })
    expect(standby.port).not.toBe(primary.port)
    await write(primary, 2)
    await standby.catchUp()
    expect(await standby.sql("SELECT n FROM t ORDER BY n")).toEqual([{ n: "1" }, { n: "2" }])
    await expect(write(standby, 3)).rejects.toMatchObject({ code: "25006" })
  })

  test("it follows again after a restart of either server", async () => {
    await primary.restart()
    await standby.restart()
    await write(primary, 3)
    await standby.catchUp()
    expect(await standby.sql("SELECT max(n) FROM t")).toEqual([{ max: "3" }])
  })

  test("a promoted standby accepts writes once promote() has resolved, also without its primary", async () => {
    await primary.stop({ mode: "immediate" })
    await standby.promote()
    expect(await write(standby, 4)).toBe(1)
    await expect(standby.promote()).rejects.toMatchObject({ code: "PGSD_SERVER_STATE" })
    await primary.start()
    expect(await primary.sql("SELECT max(n) FROM t")).toEqual([{ max: "3" }])
  })
})

test("a standby's options are checked against its primary", async () => {
  await using primary = await postgresServer()
  await expect(postgresServer({ standbyOf: primary, version: 14 })).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
  await expect(postgresServer({ standbyOf: primary, kind: "docker" })).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
  await expect(postgresServer({ standbyOf: primary, users: [{ name: "a" }] })).rejects.toMatchObject({
    message: "a standby has its primary's users: create them there",
  })
  await primary.stop()
  await expect(postgresServer({ standbyOf: primary })).rejects.toMatchObject({ code: "PGSD_SERVER_STATE" })
})

test("closing primary and standby together leaves nothing behind", async () => {
  const primary = await postgresServer()
  const standby = await postgresServer({ standbyOf: primary })
  await Promise.all([primary.close(), standby.close()])
  expect([primary, standby].filter((each) => existsSync(dirname(each.socketDirectory!)))).toEqual([])
})
