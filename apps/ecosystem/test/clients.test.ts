import { postgresServer } from "@pgsd/testing/server"
import { expect, test } from "vitest"
import { Scene } from "../src/scene.ts"

// The short version of `src/main.ts`: the steps of each client over pg-compat's Pool, without a fault.
test.each(["kysely", "drizzle", "connect-pg-simple", "typeorm", "knex", "prisma"])(
  "%s: every step passes over @pgsd/pg-compat",
  async (client) => {
    const server = await postgresServer()
    try {
      const scene = new Scene(server, "pgsd", "none")
      const { run } = (await import(`../src/clients/${client}.ts`)) as { run(scene: Scene): Promise<void> }
      await run(scene)
      expect(scene.failed).toEqual([])
      expect(scene.passed.length).toBeGreaterThan(4)
    } finally {
      await server.close()
    }
  },
)
