import { type PoolSettings as ConfigPoolSettings, createConfigurationManager, resolveConnection } from "@pgsd/config"
import { createDatabaseManager } from "@pgsd/manager"
import type { PoolSettings } from "@pgsd/pool"
import { fakeDriver } from "@pgsd/testing"
import { describe, expect, expectTypeOf, test, vi } from "vitest"

const literal = { host: "10.0.0.1", user: "reader", sslMode: "disable" as const }

describe("configurations of config fit the pool's options", () => {
  test("every pool setting of a configuration is an option of the pool, with the same type", () => {
    expectTypeOf<ConfigPoolSettings>().toExtend<Pick<PoolSettings, keyof ConfigPoolSettings & keyof PoolSettings>>()
    expectTypeOf<Exclude<keyof ConfigPoolSettings, keyof PoolSettings>>().toBeNever()
  })

  test("a configuration from variables works unchanged, including the built-in profiles", async () => {
    for (const profile of ["development", "production", "test"]) {
      const configuration = await createConfigurationManager({
        env: {
          PGSD_PROFILE: profile,
          PGSD_SOURCE_URL: "postgresql://reader:s3cret@10.0.0.1/app?sslmode=disable",
          PGSD_TARGET_URL: "postgresql://reader:s3cret@10.0.0.2/app?sslmode=disable",
        },
        file: false,
      }).getConfiguration()
      const fake = fakeDriver({ supports: { network: true }, password: "s3cret" })
      const manager = createDatabaseManager(configuration, { driver: fake })
      await manager.initialize()
      expect(new Set(fake.targets.map((target) => `${target?.label} ${target?.host}`))).toEqual(
        new Set(["source 10.0.0.1", "target 10.0.0.2"]),
      )
      expect(fake.targets).toHaveLength(2 * Math.max(1, configuration.databases.source!.pool.min ?? 0))
      await manager.closeAll()
      expect(fake.leaks()).toEqual([])
    }
  })

  test("a database's own pool settings override those for all", async () => {
    const fake = fakeDriver({ supports: { network: true } })
    const manager = createDatabaseManager(
      { databases: { source: { connection: literal, pool: { min: 3 } }, target: literal }, pool: { min: 2 } },
      { driver: fake },
    )
    await manager.initialize()
    expect(manager.stats().databases).toMatchObject({ source: { idle: 3 }, target: { idle: 2 } })
    await manager.closeAll()
  })

  test("each database may have its own driver, and one without a network needs no connection", async () => {
    const network = fakeDriver({ name: "wire", supports: { network: true } })
    const embedded = fakeDriver({ name: "embedded" })
    const manager = createDatabaseManager(
      { databases: { source: literal, target: {} } },
      { driver: (name) => (name === "source" ? network : embedded) },
    )
    await manager.initialize()
    expect([network.targets.length, embedded.targets]).toEqual([1, [undefined]])
    const db = await manager.getTargetConnection()
    expect(db.info.label).toBe("target")
    await db.close()
    await manager.closeAll()
  })

  test("a search over many hosts tries each of them, however long their deadlines add up to", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    try {
      const fake = fakeDriver({ supports: { network: true } })
      fake.delayConnects(Number.POSITIVE_INFINITY)
      const hosts = Array.from({ length: 30 }, (_, index) => `10.0.0.${index + 1}`).join(",")
      const connection = await resolveConnection({ connection: `host=${hosts} user=reader sslmode=disable connect_timeout=5`, env: {} })
      const manager = createDatabaseManager<"many">({ databases: { many: connection } }, { driver: fake, retry: { maxAttempts: 1 } })
      let outcome: unknown
      void manager.initialize().catch((error: unknown) => {
        outcome = error
      })
      await vi.advanceTimersByTimeAsync(149_000)
      expect(outcome).toBeUndefined()
      await vi.advanceTimersByTimeAsync(1_500)
      expect(outcome).toMatchObject({
        code: "PGSD_CONNECT_TIMEOUT",
        label: "many",
        message: expect.stringContaining("none of 30 attempts"),
      })
      expect(fake.counts.attempts).toBe(30)
      expect(fake.leaks()).toEqual([])
      await manager.closeAll()
    } finally {
      vi.useRealTimers()
    }
  })

  test("each address has its own connect_timeout, or the pool's setting where the connection has none", async () => {
    const fake = fakeDriver({ supports: { network: true } })
    const manager = createDatabaseManager(
      { databases: { source: { ...literal, connectTimeoutMs: 250 }, target: { connection: literal, pool: { connectTimeoutMs: 70_000 } } } },
      { driver: fake },
    )
    await manager.initialize()
    expect(fake.targets.map((target) => Math.ceil(target!.connectTimeoutMs! / 1_000) * 1_000)).toEqual([1_000, 70_000])
    await manager.closeAll()
  })
})

describe("invalid configurations are refused at once, with the database's name", () => {
  const driver = fakeDriver({ supports: { network: true } })
  test.each<[what: string, make: () => unknown, expected: object]>([
    ["no configuration", () => createDatabaseManager(undefined as never, { driver }), { code: "PGSD_INVALID_OPTION" }],
    [
      "no databases",
      () => createDatabaseManager({ databases: {} } as never, { driver }),
      { message: expect.stringContaining("at least one") },
    ],
    ["no driver", () => createDatabaseManager({ databases: { source: literal, target: literal } }, {} as never), { label: "source" }],
    [
      "a driver for some names only",
      () =>
        createDatabaseManager(
          { databases: { source: literal, target: literal } },
          { driver: (name) => (name === "source" ? driver : undefined) as never },
        ),
      { label: "target", code: "PGSD_INVALID_OPTION" },
    ],
    [
      "a variable that is not set",
      () => createDatabaseManager({ databases: { source: literal, target: undefined as never } }, { driver }),
      { label: "target", message: expect.stringContaining("a connection string or an object") },
    ],
    [
      "a misspelt setting",
      () => createDatabaseManager({ databases: { source: { ...literal, usr: "x" } as never, target: literal } }, { driver }),
      { label: "source", hint: 'did you mean "user"?' },
    ],
    [
      "a misspelt key",
      () => createDatabaseManager({ databases: { source: { conection: literal } as never, target: literal } }, { driver }),
      { hint: 'did you mean "connection"?' },
    ],
    [
      "no connection for a driver with a network",
      () => createDatabaseManager({ databases: { source: literal, target: {} } }, { driver }),
      { label: "target", code: "PGSD_INVALID_OPTION" },
    ],
    [
      "a misspelt option",
      () => createDatabaseManager({ databases: { source: literal, target: literal } }, { driver, lasy: true } as never),
      { hint: 'did you mean "lazy"?' },
    ],
  ])("%s", (_, make, expected) => {
    expect(make).toThrow(expect.objectContaining(expected) as Error)
  })

  const both = { source: literal, target: literal }
  test.each<[what: string, pool: object, own: object, expected: object]>([
    ["a misspelt pool setting", { maxx: 5 }, {}, { hint: 'did you mean "max"?' }],
    ["a pool setting out of range", { max: 0 }, {}, { message: expect.stringContaining("max") }],
    ["one of a database's own", {}, { max: -1 }, { label: "target" }],
    ["two that contradict one another", { min: 3 }, { max: 2 }, { label: "target", message: expect.stringContaining("min (3)") }],
    ["one that is the manager's", {}, { open: () => {} }, { label: "target", message: expect.stringContaining("pool.open") }],
  ])("%s", (_what, pool, own, expected) => {
    const databases = { source: literal, target: { connection: literal, pool: own } }
    expect(() => createDatabaseManager({ databases, pool }, { driver })).toThrow(
      expect.objectContaining({ code: "PGSD_INVALID_OPTION", label: expect.any(String), ...expected }) as Error,
    )
  })

  test.each<[what: string, options: object]>([
    ["a misspelt option of retry", { retry: { maxAttemps: 2 } }],
    ["an option of retry out of range", { retry: { maxAttempts: 0 } }],
    ["an option of retry that the manager decides", { retry: { isRetryable: () => true } }],
    ["what is no function", { retry: { onFailure: "log" } }],
    ["what is no flag", { lazy: "yes" }],
    ["what is no memory manager", { memory: {} }],
  ])("%s", (_what, options) => {
    expect(() => createDatabaseManager({ databases: both }, { driver, ...options })).toThrow(
      expect.objectContaining({ code: "PGSD_INVALID_OPTION" }) as Error,
    )
  })
})
