import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, expect, test } from "vitest"
import { child } from "./support/child.ts"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server.close())

const sessions = async () => (await server.sql("SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = 'terminated'"))[0]!.n

test("SIGTERM: work in progress finishes, every connection is closed, and the process ends by itself", async () => {
  const program = child("terminated-program.ts", [server.host, String(server.port), server.user, server.password])
  await expect.poll(() => program.output(), { timeout: 20_000 }).toContain("working")
  expect(Number(await sessions())).toBe(2)
  const asked = performance.now()
  program.process.kill("SIGTERM")
  expect(await program.ended, program.output()).toEqual({ code: 0, signal: null })
  expect(performance.now() - asked).toBeLessThan(5_000)
  expect(program.output()).toBe("working\nfinished\n")
  await expect.poll(sessions).toBe("0")
})
