import { pgliteDriver } from "@pgsd/driver-pglite"
import { hasPgBouncer, type PostgresServer, pgBouncer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { createConnectionPool, type ListenGap } from "../../src/index.ts"
import { DRIVERS, eventually, proxyFor, scene } from "../support/scene.ts"

/** Each round is one kind of loss in turn. */
const ROUNDS = process.env.PGSD_TEST_FULL === undefined ? 3 : 100
const HEARTBEAT_MS = 200
const ANSWER_MS = 300
/** How long a listener may be disconnected once the network allows it; the default run shares its machine. */
const BACK_MS = ROUNDS > 3 ? 1_000 : 2_500

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

describe.each(DRIVERS)("listen() over %s", (_name, driver) => {
  test(`recovers in ${ROUNDS} rounds from a killed session, an unresponsive network and a restarted server`, {
    timeout: 60_000 + 3_000 * ROUNDS,
  }, async () => {
    const proxy = await proxyFor(server)
    const { pool, backends, terminate, errors } = scene(driver, server, { proxy, validateTimeoutMs: ANSWER_MS })
    const received: string[] = []
    const gaps: ListenGap[] = []
    const listening = await pool.listen("Orders", ({ payload }) => void received.push(payload), {
      heartbeatMs: HEARTBEAT_MS,
      onGap: (gap) => void gaps.push(gap),
    })
    const away: Record<string, number[]> = { killed: [], silent: [], restarted: [] }
    // From the loss, or from when the network recovers, plus the time to detect it.
    const faults: readonly (readonly [kind: string, noticedMs: number, strike: () => Promise<unknown>])[] = [
      ["killed", 0, () => terminate()],
      ["silent", HEARTBEAT_MS + ANSWER_MS, async () => proxy.blackholeOpen()],
      [
        "restarted",
        0,
        async () => {
          await server.stop()
          await server.start()
        },
      ],
    ]
    for (let round = 0; round < ROUNDS; round++) {
      const [kind, noticedMs, strike] = faults[round % faults.length]!
      await strike()
      const since = performance.now()
      await eventually(
        () => gaps.length,
        (n) => n === round + 1,
        `round ${round}, ${kind}: onGap was called`,
      )
      expect(listening.active).toBe(true)
      await server.sql(`NOTIFY "Orders", '${round}'`)
      await eventually(
        () => received.at(-1),
        (payload) => payload === String(round),
        `round ${round}, ${kind}: the next notification is received`,
      )
      const ms = performance.now() - since - noticedMs
      away[kind]!.push(ms)
      await proxy.pass()
    }
    if (ROUNDS > 3)
      for (const [kind, times] of Object.entries(away))
        process.stdout.write(`${kind}: back ${times.length} times, ${Math.round(Math.max(...times))} ms at most\n`)
    for (const [kind, times] of Object.entries(away)) expect(Math.max(...times), kind).toBeLessThan(BACK_MS)
    expect(received).toEqual(Array.from({ length: ROUNDS }, (_, round) => String(round)))
    expect(errors.filter(({ code }) => code === "PGSD_UNKNOWN")).toEqual([])
    await listening.close()
    await eventually(backends, (n) => n === 0, "no session is left")
  })

  test("a server that becomes unresponsive between login and the answer to LISTEN costs validateTimeoutMs, and the next attempt listens", async () => {
    const proxy = await proxyFor(server)
    const { pool, errors, terminate } = scene(driver, server, { proxy, validateTimeoutMs: ANSWER_MS, connectTimeoutMs: 20_000 })
    const gaps: ListenGap[] = []
    const listening = await pool.listen("a", () => {}, { onGap: (gap) => void gaps.push(gap) })
    // What a session takes until LISTEN was answered, less a little: the next one falls silent there.
    const [first] = proxy.traffic
    proxy.blackholeAfterBytes(first!.bytesToServer + first!.bytesToClient - 8)
    const since = performance.now()
    await terminate()
    await eventually(() => errors.some(({ code }) => code === "PGSD_VALIDATE_FAILED"), Boolean, "the unresponsive session was destroyed")
    await proxy.pass()
    await eventually(
      () => gaps.length,
      (n) => n === 1,
      "it listens again",
    )
    expect(performance.now() - since).toBeLessThan(ANSWER_MS + BACK_MS)
    await listening.close()
  })

  test("names are used as given, and the payload limit is the server's", async () => {
    const { pool } = scene(driver, server)
    const received: string[] = []
    const names = ['Quote " it', "x".repeat(63), "ünïcode ☃", "select"]
    await pool.listen(names, ({ channel, payload }) => void received.push(`${channel}: ${payload.length}`))
    for (const name of names) await pool.notify(name, "y".repeat(7_999))
    await eventually(
      () => received,
      ({ length }) => length === names.length,
      "all are received",
    )
    expect(received).toEqual(names.map((name) => `${name}: 7999`))
    await expect(pool.query("SELECT pg_notify('a', $1)", ["y".repeat(8_000)])).rejects.toMatchObject({ sqlState: "22023" })
    await expect(pool.query("SELECT pg_notify($1, '')", ["x".repeat(64)])).rejects.toMatchObject({ sqlState: "22023" })
  })
})

describe.skipIf(!hasPgBouncer())("through PgBouncer", () => {
  test.each(DRIVERS)("over %s: refused in transaction mode, allowed in session mode when declared", async (_name, driver) => {
    await using transaction = await pgBouncer({ server, mode: "transaction" })
    const refused = createConnectionPool({ driver, connection: transaction.connection(), label: "pooled" })
    onTestFinished(() => refused.close())
    await expect(refused.listen("a", () => {})).rejects.toMatchObject({ code: "PGSD_LISTEN_REFUSED", label: "pooled" })
    await using session = await pgBouncer({ server, mode: "session" })
    const pool = createConnectionPool({ driver, connection: session.connection(), pooler: "session" })
    onTestFinished(() => pool.close())
    const received: string[] = []
    await using _ = await pool.listen("a", ({ payload }) => void received.push(payload))
    await server.sql("NOTIFY a, 'through'")
    await eventually(
      () => received,
      ({ length }) => length === 1,
      "it is received",
    )
    await pool.close()
  })
})

test("over PGlite: on its only session", async () => {
  const driver = pgliteDriver()
  onTestFinished(() => driver.close())
  const pool = createConnectionPool({ driver })
  const received: string[] = []
  const listening = await pool.listen("a", ({ payload }) => void received.push(payload))
  await pool.transaction((transaction) => transaction.notify("a", "1"))
  await pool.notify("a", "2")
  expect(received).toEqual(["1", "2"])
  await pool.closeIdle()
  await pool.notify("a", "3")
  expect(received).toEqual(["1", "2", "3"])
  await listening.close()
  await pool.notify("a", "4")
  expect(received).toHaveLength(3)
  await pool.close()
})
