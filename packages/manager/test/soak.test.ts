import type { DatabaseConnector } from "@pgsd/connector"
import { isPgsdError } from "@pgsd/driver"
import type { DatabaseManager } from "@pgsd/manager"
import { seededRandom } from "@pgsd/testing"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { heapMb } from "./support/heap.ts"
import { DRIVERS, type Side, type SocketName, type TwoServers, twoServers } from "./support/two-servers.ts"

// Half an hour over both pairs of drivers with PGSD_TEST_FULL; half a minute otherwise.
const SECONDS = process.env.PGSD_TEST_FULL === "1" ? 900 : 15
const HANG_MS = 15_000

type Name = "source" | "target"

let servers: TwoServers
const crashes: unknown[] = []
const crashed = (error: unknown) => crashes.push(error)
beforeAll(async () => {
  process.on("uncaughtException", crashed)
  process.on("unhandledRejection", crashed)
  servers = await twoServers()
  for (const { server } of [servers.source, servers.target]) await server.sql("CREATE TABLE written (id text PRIMARY KEY)")
})
afterAll(async () => {
  await servers?.[Symbol.asyncDispose]()
  process.off("uncaughtException", crashed)
  process.off("unhandledRejection", crashed)
})

/** The observations of one side's workers. */
class Book {
  ok = 0
  readonly codes = new Map<string, number>()
  readonly strange: unknown[] = []
  readonly committed = new Set<string>()
  readonly unknown = new Set<string>()
  readonly #name: Name

  constructor(name: Name) {
    this.#name = name
  }

  failed(error: unknown): void {
    if (!isPgsdError(error) || error.label !== this.#name || error.code === "PGSD_UNKNOWN") this.strange.push(error)
    else this.codes.set(error.code, (this.codes.get(error.code) ?? 0) + 1)
  }
}

/** As counted by the process, not by the pools. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((each) => /^(TCPSocketWrap|PipeWrap|GetAddrInfo)/.test(each)).length
}

/** What the test's own records hold, in MB: an entry of a Set and its text are about 120 bytes. */
function remembered(books: Readonly<Record<Name, Book>>): number {
  return (Object.values(books).reduce((sum, book) => sum + book.committed.size + book.unknown.size, 0) * 120) / 1024 / 1024
}

describe.each<readonly [SocketName, SocketName]>([
  ["pg", "postgres"],
  ["postgres", "pg"],
])("source over %s, target over %s, random faults on either", (left, right) => {
  test(
    `for ${SECONDS} s: no crash, no hang, no leak, and every error names its database`,
    async ({ annotate }) => {
      const seed = Number(process.env.PGSD_TEST_SEED ?? Date.now() % 1_000_000)
      await annotate(`seed ${seed}: PGSD_TEST_SEED=${seed} repeats the choices`, "seed")
      const random = seededRandom(seed).next
      const manager = servers.manager(
        { source: DRIVERS[left](), target: DRIVERS[right]() },
        {
          max: 4,
          acquireTimeoutMs: 2_000,
          queryTimeoutMs: 1_500,
          cancelTimeoutMs: 500,
          validateTimeoutMs: 500,
          resetTimeoutMs: 500,
          idleTimeoutMs: 1_000,
        },
      )
      const sockets = openSockets()
      const books = { source: new Book("source"), target: new Book("target") }
      const end = performance.now() + SECONDS * 1_000
      // Taken at half time, with the code compiled and all workers busy, and again before closing.
      let heapAtHalf = 0
      const half = setTimeout(() => {
        heapAtHalf = heapMb() - remembered(books)
      }, SECONDS * 500)
      const workers = (["source", "target"] as const).flatMap((name) =>
        Array.from({ length: 6 }, (_, worker) => work(manager, name, `${seed}-${left}-${worker}`, books[name], random, end)),
      )
      await Promise.all([...workers, trouble(servers.source, random, end), trouble(servers.target, random, end)])

      await Promise.all([servers.source.proxy.pass(), servers.target.proxy.pass()])
      for (const name of ["source", "target"] as const) await expect.poll(() => serves(manager, name), { timeout: 10_000 }).toBe("ok")
      clearTimeout(half)
      const heapGrowthMb = heapMb() - remembered(books) - heapAtHalf
      await annotate(`heap in the second half: ${heapGrowthMb.toFixed(1)} MB more`, "measurement")
      expect(heapGrowthMb, `seed ${seed}`).toBeLessThan(20)
      await manager.closeAll()
      await expect.poll(openSockets, { message: `seed ${seed}: sockets of this process`, timeout: 5_000 }).toBeLessThanOrEqual(sockets)

      for (const name of ["source", "target"] as const) {
        const { server, proxy } = servers[name]
        const book = books[name]
        expect(book.strange, `seed ${seed}: errors without a code or with another database's name`).toEqual([])
        await expect.poll(() => proxy.connections, { message: `seed ${seed}: sockets of ${name}`, timeout: 5_000 }).toBe(0)
        const sessions = async () =>
          (await server.sql("SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = 'two-servers'"))[0]!.n
        await expect.poll(sessions, { message: `seed ${seed}: sessions of ${name}`, timeout: 10_000 }).toBe("0")
        const rows = new Set((await server.sql(`SELECT id FROM written WHERE id LIKE '${seed}-${left}-%'`)).map((row) => row.id!))
        expect(
          [...book.committed].filter((id) => !rows.has(id)),
          `seed ${seed}: committed and not there`,
        ).toEqual([])
        expect(
          [...rows].filter((id) => !book.committed.has(id) && !book.unknown.has(id)),
          `seed ${seed}: there and not committed`,
        ).toEqual([])
        expect(book.ok).toBeGreaterThan(SECONDS)
        await annotate(
          `${name}: ${book.ok} done, ${book.committed.size} committed, failed ${JSON.stringify(Object.fromEntries(book.codes))}`,
          "measurement",
        )
      }
      expect(crashes, `seed ${seed}`).toEqual([])
    },
    SECONDS * 1_000 + 60_000,
  )
})

async function serves(manager: DatabaseManager, name: Name): Promise<string> {
  try {
    const db = await manager.getConnection(name)
    await db.one("SELECT 1").finally(() => db.close())
    return "ok"
  } catch (error) {
    return String(error)
  }
}

async function work(manager: DatabaseManager, name: Name, worker: string, book: Book, random: () => number, end: number): Promise<void> {
  for (let round = 0; performance.now() < end; round++) {
    const id = `${worker}-${round}`
    const step = { name: "acquiring" }
    let timer: NodeJS.Timeout | undefined
    const hang = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${name} ${id}: nothing for ${HANG_MS} ms while ${step.name}`)), HANG_MS)
    })
    try {
      await Promise.race([once(manager, name, id, book, random(), step), hang])
      book.ok += 1
    } catch (error) {
      book.failed(error)
      // A refusal is immediate: callers of a real program do not retry that fast either.
      await new Promise((resolve) => setTimeout(resolve, 5))
    } finally {
      clearTimeout(timer)
    }
  }
}

async function once(manager: DatabaseManager, name: Name, id: string, book: Book, choice: number, step: { name: string }): Promise<void> {
  const db = await manager.getConnection(name)
  step.name = choice < 0.4 ? "query" : choice < 0.7 ? "transaction" : choice < 0.85 ? "stream" : "query with maxRows"
  try {
    if (choice < 0.4) await db.query("SELECT $1::text AS id", [id])
    else if (choice < 0.7) await write(db, id, book)
    else if (choice < 0.85) await read(db)
    else await db.query("SELECT n FROM generate_series(1, 50) n", undefined, { maxRows: 100 })
  } finally {
    step.name = `closing after ${step.name}`
    await db.close()
  }
}

async function write(db: DatabaseConnector, id: string, book: Book): Promise<void> {
  try {
    await db.transaction((tx) => tx.query("INSERT INTO written VALUES ($1)", [id]))
    book.committed.add(id)
  } catch (error) {
    if (isPgsdError(error) && error.code === "PGSD_COMMIT_UNKNOWN") book.unknown.add(id)
    throw error
  }
}

async function read(db: DatabaseConnector): Promise<void> {
  let taken = 0
  for await (const _ of db.stream("SELECT n FROM generate_series(1, 10000) n", undefined, { batchSize: 200 })) if (++taken === 500) break
}

/** One fault after another, with fault-free pauses. */
async function trouble({ server, proxy }: Side, random: () => number, end: number): Promise<void> {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(ms, end - performance.now()))))
  const faults: readonly (() => unknown)[] = [
    () => proxy.cut(),
    () => proxy.reset(),
    () => proxy.refuse(),
    () => proxy.acceptThenClose(),
    () => proxy.acceptThenReset(),
    () => proxy.blackholeOpen(),
    () => proxy.blackholeNew(),
    () => proxy.cutAfterBytes(Math.ceil(random() * 2_000)),
    () => proxy.latency(100),
    () => proxy.halfOpen(),
    () => server.restart({ mode: random() < 0.5 ? "fast" : "immediate" }),
    () => server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'two-servers'"),
  ]
  while (performance.now() < end) {
    await pause(100 + random() * 500)
    await faults[Math.floor(random() * faults.length)]!()
    await pause(50 + random() * 600)
    await proxy.pass()
  }
}
