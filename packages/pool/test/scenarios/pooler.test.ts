import { toConnectionConfig } from "@pgsd/driver"
import { hasPgBouncer, pgBouncer, postgresServer } from "@pgsd/testing/server"
import { describe, expect, onTestFinished, test } from "vitest"
import { type ConnectionPoolOptions, createConnectionPool, pgBouncerSettings } from "../../src/index.ts"
import { DRIVERS } from "../support/scene.ts"

describe.skipIf(!hasPgBouncer())("behind PgBouncer (P09)", () => {
  describe.each(DRIVERS)("over %s", (_name, driver) => {
    const poolOf = (at: { readonly host: string; readonly port: number }, server: Credentials, options = {}) => {
      const connection = { host: at.host, port: at.port, user: server.user, password: server.password, database: server.database }
      const pool = createConnectionPool({ driver, connection, label: "orders", ...pgBouncerSettings, ...options } as ConnectionPoolOptions)
      onTestFinished(() => pool.close())
      return pool
    }

    test("the server is stopped and restarted: waiting callers are served", async () => {
      const server = await postgresServer()
      onTestFinished(() => server.close())
      await using bouncer = await pgBouncer({ server, mode: "transaction", settings: { server_login_retry: 1, query_wait_timeout: 1 } })
      await server.stop()
      const seen: { code: string; retryable: boolean; label?: string }[] = []
      const pool = poolOf(bouncer, server, { acquireTimeoutMs: 15_000, onError: (error: never) => seen.push(error) })
      // A client is accepted only after a first login at the server.
      const waiting = Array.from({ length: 3 }, () => pool.one("SELECT 1 AS one"))
      for (const each of waiting) each.catch(() => {})
      await expect.poll(() => seen.length, { timeout: 8_000 }).toBeGreaterThan(0)
      for (const error of seen) expect(error).toMatchObject({ retryable: true, label: "orders" })
      await server.start()
      expect(await Promise.all(waiting)).toEqual(waiting.map(() => ({ one: 1 })))
    })

    test("its client limit keeps callers waiting; a refused setting is named, with its source", async () => {
      const server = await postgresServer()
      onTestFinished(() => server.close())
      await using bouncer = await pgBouncer({ server, mode: "transaction", settings: { max_client_conn: 1 } })
      const holder = poolOf(bouncer, server, { max: 1 })
      const lease = await holder.acquire()
      const errors: unknown[] = []
      const second = poolOf(bouncer, server, { max: 1, onError: (error: unknown) => errors.push(error) })
      const served = second.one("SELECT 1 AS one")
      await expect.poll(() => errors.length).toBeGreaterThan(0)
      expect(errors[0]).toMatchObject({ retryable: true, label: "orders" })
      lease.release()
      await holder.close()
      expect(await served).toEqual({ one: 1 })
      await second.close()
      const { host, port } = bouncer
      const config = toConnectionConfig({ host, port, user: server.user, password: server.password, database: server.database })
      const session = { ...config.session, options: "-c work_mem=1MB" }
      const refused = createConnectionPool({
        driver,
        connection: { ...config, session, sources: { options: "environment variable PGOPTIONS" } },
        label: "orders",
      })
      onTestFinished(() => refused.close())
      await expect(refused.query("SELECT 1")).rejects.toMatchObject({
        code: "PGSD_INVALID_TARGET",
        retryable: false,
        label: "orders",
        message: expect.stringContaining("came from environment variable PGOPTIONS"),
        hint: expect.stringContaining("ignore_startup_parameters"),
      })
    })
  })
})

interface Credentials {
  readonly user: string
  readonly password: string
  readonly database: string
}
