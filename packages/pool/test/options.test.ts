import { type Driver, toConnectionConfig } from "@pgsd/driver"
import { fakeDriver, manualClock } from "@pgsd/testing"
import { expect, test } from "vitest"
import { type ConnectionPoolOptions, createConnectionPool, pgBouncerSettings } from "../src/index.ts"

const driver = fakeDriver()
const network = fakeDriver({ supports: { network: true } })
const connection = { host: "127.0.0.1", user: "u", sslMode: "disable" } as const

test("a misspelt option is refused with a suggestion", () => {
  expect(() => createConnectionPool({ driver, maxConnections: 3 } as never)).toThrow(
    expect.objectContaining({ code: "PGSD_INVALID_OPTION", message: 'unknown pool option "maxConnections"' }),
  )
  expect(() => createConnectionPool({ driver, acquireTimeout: 3 } as never)).toThrow(
    expect.objectContaining({ hint: 'did you mean "acquireTimeoutMs"?' }),
  )
})

test.each<[string, object]>([
  ["a pool takes a driver or an open function, not both", { driver, open: () => driver.connect() }],
  ["a pool needs a driver and a connection, or an open function", {}],
  ["open must be a function that opens one connection", { open: 1 }],
  ["connection and open are mutually exclusive: each says where to connect to", { open: () => driver.connect(), connection }],
  ['concurrency must be "many" or "one"', { open: () => driver.connect(), concurrency: "One" }],
  ['unknown pool option "target"', { driver: network, target: connection }],
  ["onError must be a function", { driver, onError: "log" }],
  ["concurrency belongs to open; a driver says it itself", { driver, concurrency: "one" }],
  ["openTimeoutMs belongs to open; with a driver each step has connectTimeoutMs", { driver, openTimeoutMs: 1 }],
  ['the driver "fake" needs a connection: where to connect to, and as whom', { driver: network }],
  ["min (3) is more than max (2)", { driver, min: 3, max: 2 }],
  ["max must be an integer ≥ 1", { driver, max: 0 }],
  ["min must be an integer ≥ 0", { driver, min: -1 }],
  ["maxWaiting must be an integer ≥ 1, or Infinity", { driver, maxWaiting: 0 }],
  ["connectConcurrency must be an integer ≥ 1", { driver, connectConcurrency: 0 }],
  ["acquireTimeoutMs must be a number of milliseconds greater than 0, or Infinity", { driver, acquireTimeoutMs: 0 }],
  ["closeTimeoutMs must be finite: what it waits for may never come", { driver, closeTimeoutMs: Number.POSITIVE_INFINITY }],
  ["resetTimeoutMs must be finite: what it waits for may never come", { driver, resetTimeoutMs: Number.POSITIVE_INFINITY }],
  ["cancelTimeoutMs must be finite: what it waits for may never come", { driver, cancelTimeoutMs: Number.POSITIVE_INFINITY }],
  ["validateTimeoutMs must be finite: what it waits for may never come", { driver, validateTimeoutMs: Number.POSITIVE_INFINITY }],
  ["validateAfterMs must be a number of milliseconds from 0 up, or Infinity", { driver, validateAfterMs: -1 }],
  ["idleTimeoutMs must be a number of milliseconds from 0 up, or Infinity", { driver, idleTimeoutMs: "never" }],
  ["maxLifetimeJitter must be from 0 (included) to 1 (excluded)", { driver, maxLifetimeJitter: 1 }],
  ['reset must be "transaction", "session", "none" or a function', { driver, reset: "all" }],
  ["unrefIdle must be true or false", { driver, unrefIdle: 1 }],
  ["pipelineDepth must be an integer ≥ 1", { driver, pipelineDepth: 0 }],
  ['pipelineDepth: the driver "fake" has no pipeline', { driver: fakeDriver({ supports: { pipeline: false } }), pipelineDepth: 2 }],
])("refused: %s", (message, options) => {
  expect(() => createConnectionPool(options as ConnectionPoolOptions)).toThrow(
    expect.objectContaining({ code: "PGSD_INVALID_OPTION", message }),
  )
})

test("options that are not an object are refused, and their content is not in the message", () => {
  for (const [given, kind] of [
    [undefined, "undefined"],
    [null, "null"],
    ["postgres://u:hunter2@h/d", "string"],
  ])
    expect(() => createConnectionPool(given as never)).toThrow(
      expect.objectContaining({ code: "PGSD_INVALID_OPTION", message: `pool option: options must be an object, not ${kind}` }),
    )
})

test("an explicit undefined means the default, and Infinity never", async () => {
  const never = Number.POSITIVE_INFINITY
  const pool = createConnectionPool({
    driver,
    max: undefined,
    acquireTimeoutMs: never,
    connectTimeoutMs: never,
    idleTimeoutMs: never,
    maxLifetimeMs: never,
    healthCheckIntervalMs: never,
    validateAfterMs: never,
    ...pgBouncerSettings,
  })
  expect(pool.stats().max).toBe(5)
  await pool.query("SELECT 1")
  await pool.close()
})

test("options and connections that throw when they are read are refused by code", () => {
  const trap = () => {
    throw new Error("trap")
  }
  const throwing = new Proxy({}, { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap }) as never
  const refused = expect.objectContaining({ code: "PGSD_INVALID_OPTION", cause: expect.objectContaining({ message: "trap" }) })
  expect(() => createConnectionPool(throwing)).toThrow(refused)
  expect(() => createConnectionPool({ driver: network, connection: throwing })).toThrow(refused)
  expect(() => createConnectionPool(Object.defineProperty({ driver }, "max", { get: trap, enumerable: true }))).toThrow(refused)
})

test("a pool is named by its label, else by its connection, else by its driver", () => {
  const named = (more: object, label?: string) =>
    createConnectionPool({ driver: network, label, connection: { ...connection, host: "db", ...more } }).label
  expect(named({}, "mine")).toBe("mine")
  expect(named({ label: "theirs" })).toBe("theirs")
  expect(named({})).toBe("db:5432/u")
  expect(named({ host: "::1" })).toBe("[::1]:5432/u")
  expect(named({ port: 5433, database: "d" })).toBe("db:5433/d")
  expect(createConnectionPool({ driver }).label).toBe("fake")
  expect(createConnectionPool({ open: () => driver.connect() }).label).toBe("pool")
})

test("the connection's own connect timeout is kept, otherwise the pool's applies", async () => {
  const own = createConnectionPool({ driver: network, connection: { ...connection, connectTimeoutMs: 7_000 } })
  const pools = createConnectionPool({ driver: network, connection, connectTimeoutMs: 3_000 })
  await Promise.all([own.ready(), pools.ready()])
  // Minus the time of the lookup.
  expect(network.targets.map((each) => Math.ceil(each!.connectTimeoutMs! / 1_000))).toEqual([7, 3])
  await Promise.all([own.close(), pools.close()])
})

test("a driver reports its deadline; a search over hosts has none of its own, however long theirs are", async () => {
  const clock = manualClock()
  const [slow, live] = [0, 1].map(() => fakeDriver({ clock, supports: { network: true } }))
  slow!.delayConnects(Number.POSITIVE_INFINITY)
  const keeping = createConnectionPool({ driver: slow!, connection, clock, connectTimeoutMs: 300, acquireTimeoutMs: 350, max: 1 })
  const kept = keeping.acquire().catch((error: Error) => error)
  await clock.advance(360)
  expect(await kept).toMatchObject({ cause: { message: "fake: no connection within 300 ms" } })
  const hosts = [1, 2, 3].map((port) => ({ kind: "tcp" as const, address: "127.0.0.1", port }))
  const driver: Driver = {
    name: "third",
    supports: slow!.supports,
    connect: (target, options) => (target!.port === 3 ? live! : slow!).connect(target, options),
  }
  const given = { ...toConnectionConfig(connection), hosts, connectTimeoutMs: 31_000 }
  const searching = createConnectionPool({ driver, connection: given, clock, acquireTimeoutMs: 100_000, max: 1 })
  const found = searching.query("SELECT 1")
  await clock.advance(63_000)
  await found
  expect(searching.stats()).toMatchObject({ created: 1, connectErrors: 0 })
  await Promise.all([keeping.close(), searching.close(), clock.advance(10_000)])
})

test("openTimeoutMs is for the whole attempt of open(), connectTimeoutMs then for what makes a session the pool's", async () => {
  const clock = manualClock()
  const fake = fakeDriver({ clock })
  fake.delayConnects(8_000)
  const open = ({ signal }: { signal: AbortSignal }) => fake.connect(undefined, { signal })
  const onConnect = () => new Promise<void>(() => {})
  const settings = { clock, acquireTimeoutMs: 100_000, max: 1, openTimeoutMs: 20_000 }
  const patient = createConnectionPool({ open, ...settings })
  const opened = patient.query("SELECT 1")
  const hanging = createConnectionPool({ open, ...settings, connectTimeoutMs: 1_000, onConnect, acquireTimeoutMs: 9_050 })
  const failed = hanging.acquire().catch((error: Error) => error)
  await clock.advance(9_100)
  await opened
  expect(await failed).toMatchObject({
    cause: { message: "pool: onConnect did not set up a new connection within connectTimeoutMs (1000 ms)" },
  })
  const silent = createConnectionPool({ open: () => new Promise(() => {}), ...settings, acquireTimeoutMs: 20_050 })
  const ended = silent.acquire().catch((error: Error) => error)
  await clock.advance(20_100)
  expect(await ended).toMatchObject({ cause: { message: "pool: no connection within openTimeoutMs (20000 ms)" } })
  await Promise.all([patient.close(), hanging.close(), silent.close(), clock.advance(30_000)])
})

test("the error of an attempt names the option that limited it, also if both have the same value", async () => {
  const clock = manualClock()
  const open = () => new Promise<never>(() => {})
  const lastError = async (settings: { openTimeoutMs?: number; connectTimeoutMs?: number }) => {
    const pool = createConnectionPool({ open, clock, acquireTimeoutMs: 3_050, max: 1, ...settings })
    const failed = pool.acquire().catch((error: Error) => error)
    await clock.advance(3_100)
    await Promise.all([pool.close(), clock.advance(10_000)])
    return ((await failed) as Error).cause
  }
  const message = (name: string) => ({ message: `pool: no connection within ${name} (3000 ms)` })
  expect(await lastError({ openTimeoutMs: 3_000, connectTimeoutMs: 3_000 })).toMatchObject(message("openTimeoutMs"))
  expect(await lastError({ connectTimeoutMs: 3_000 })).toMatchObject(message("connectTimeoutMs"))
})

test("a connection function's answer that comes late replaces none that a later call gave", async () => {
  const clock = manualClock()
  const driver = fakeDriver({ clock, supports: { network: true } })
  const answers: ((port: number) => void)[] = []
  const slow = () =>
    new Promise<{ host: string; port: number; user: string }>((resolve) => {
      answers.push((port) => resolve({ host: "127.0.0.1", port, user: "app" }))
    })
  const settings = { clock, connectTimeoutMs: 1_000, acquireTimeoutMs: 60_000, max: 2 }
  const pool = createConnectionPool({ driver, connection: slow, ...settings })
  const first = pool.acquire()
  await clock.advance(1_500)
  expect(answers.length).toBe(2)
  answers[1]!(2)
  await clock.advance(1_000)
  ;(await first).release()
  answers[0]!(1)
  await clock.advance(1)
  const [one, two] = await Promise.all([pool.acquire(), pool.acquire(), clock.advance(1_000)])
  expect(driver.targets.map((each) => each?.port)).toEqual([2, 2])
  one.release()
  two.release()
  await Promise.all([pool.close(), clock.advance(10_000)])
})

test("a database inside the process may take its time to start", async () => {
  const clock = manualClock()
  const inProcess = fakeDriver({ clock, supports: { concurrency: "one" } })
  inProcess.delayConnects(Number.POSITIVE_INFINITY)
  await using pool = createConnectionPool({ driver: inProcess, clock })
  const failed = pool.query("SELECT 1").catch((error: unknown) => error)
  await clock.advance(59_999)
  expect(pool.stats()).toMatchObject({ waiting: 1, connecting: 1 })
  await clock.advance(1)
  expect(await failed).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT" })
})
