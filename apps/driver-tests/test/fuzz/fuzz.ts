import { isDeepStrictEqual } from "node:util"
import { type Connection, type Driver, isPgsdError, type QueryResult, type Row } from "@pgsd/driver"
import { type Random, seededRandom } from "@pgsd/testing"
import { framesOf } from "./frames.ts"
import { fuzzPeer, type Peer } from "./peer.ts"
import type { Recording } from "./recording.ts"
import { type Reading, readAll } from "./reference.ts"
import { askedFor, FUZZ_STATEMENTS, type FuzzStatement, numberOf } from "./statements.ts"

/** Nothing may take longer, in ms. The peer ends every conversation by itself. */
const DEADLINE_MS = 5_000
const CONNECT_TIMEOUT_MS = 1_000
/** How much a conversation may leave in the heap, apart from the recording and V8, in bytes. */
const MAX_GROWTH_BYTES = 200_000_000

export interface FuzzReport {
  readonly conversations: number
  readonly frames: number
  readonly fulfilled: number
  readonly rejected: number
  /** Results that were compared with the reference. */
  readonly compared: number
}

export interface FuzzOptions {
  readonly driver: Driver
  readonly recording: Recording
  /** The toolkit reads the rows, so they are compared. Other drivers' parsers trust a server's counts and lengths. */
  readonly comparesRows: boolean
  readonly seed: number
  /** Until that many frames were sent, or that many ms have passed. */
  readonly frames: number
  readonly durationMs: number
  readonly onMinute?: (report: FuzzReport) => void
}

interface Call {
  readonly statement: FuzzStatement
  readonly asArrays: boolean
  readonly aborted: boolean
  outcome: { readonly value: QueryResult } | { readonly error: unknown } | undefined
}

/** Conversations, one seed each from `seed` on, until the budget is used. @throws Error that names the seed, at the first fault */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { seed, frames, durationMs, onMinute } = options
  const report = { conversations: 0, frames: 0, fulfilled: 0, rejected: 0, compared: 0 }
  const escaped: unknown[] = []
  const caught = (error: unknown) => void escaped.push(error)
  process.on("uncaughtException", caught).on("unhandledRejection", caught)
  const startedAt = performance.now()
  const before = memory()
  try {
    for (let each = seed; report.frames < frames && performance.now() - startedAt < durationMs; each++) {
      try {
        await converse(options, each, report)
        if (escaped.length > 0) throw new Error(`escaped: ${escaped[0]}`, { cause: escaped[0] })
        if (report.conversations % 100 === 0 && memory() - before > MAX_GROWTH_BYTES)
          throw new Error(`memory grew by ${Math.round((memory() - before) / 1e6)} MB`)
      } catch (error) {
        throw new Error(`seed ${each}: ${error instanceof Error ? error.message : error}`, { cause: error })
      }
      if (report.conversations % 5_000 === 0) onMinute?.(report)
    }
  } finally {
    process.off("uncaughtException", caught).off("unhandledRejection", caught)
  }
  return report
}

type Counts = { -readonly [Name in keyof FuzzReport]: FuzzReport[Name] }

async function converse({ driver, recording, comparesRows }: FuzzOptions, seed: number, report: Counts): Promise<void> {
  const random = seededRandom(seed)
  report.conversations++
  const calls = Array.from({ length: 1 + random.below(16) }, (): Call => callOf(random))
  // One in four is unchanged: then everything must be correct.
  const honest = random.below(4) === 0
  const changesLogin = !honest && random.below(6) === 0
  await using peer = await fuzzPeer({
    random,
    recording,
    perMille: honest ? 0 : [50, 300, 1000][random.below(3)]!,
    changesLogin,
    cycles: honest ? Number.POSITIVE_INFINITY : 1 + random.below(calls.length + 2),
  })
  const target = { host: "127.0.0.1", port: peer.port, user: "app", password: "secret", connectTimeoutMs: CONNECT_TIMEOUT_MS }
  const connection = await within(driver.connect(target), "connect()").catch(checkedError)
  if (connection === undefined) return
  await within(ask(connection, calls, random), "the queries")
  // A mutated login may add or omit a ReadyForQuery, so no answer is where the reference expects it.
  checkOutcomes(calls, peer, { honest, compares: (comparesRows || honest) && !changesLogin }, connection, report)
  connection.destroy()
  const late = await within(connection.query("SELECT 1"), "a query after the end").catch(checkedError)
  if (late !== undefined) throw new Error("a query after the end was fulfilled")
}

function callOf(random: Random): Call {
  const statement = FUZZ_STATEMENTS[random.below(FUZZ_STATEMENTS.length)]!
  return { statement, asArrays: random.below(3) === 0, aborted: random.below(20) === 0, outcome: undefined }
}

/** In bursts: the queries of one share the wire. */
async function ask(connection: Connection, calls: readonly Call[], random: Random): Promise<void> {
  for (let from = 0; from < calls.length; ) {
    const burst = calls.slice(from, from + 1 + random.below(6))
    await Promise.all(burst.map((call, at) => settled(connection, call, from + at)))
    from += burst.length
  }
}

async function settled(connection: Connection, call: Call, number: number): Promise<void> {
  const { statement, asArrays, aborted } = call
  const { sql, params } = askedFor(statement, number)
  const controller = new AbortController()
  const options = {
    prepare: statement.prepare,
    rowMode: asArrays ? ("array" as const) : undefined,
    ...(aborted ? { signal: controller.signal } : {}),
  }
  const query = connection.query(sql, params, options)
  if (aborted) setImmediate(() => controller.abort(ABORTED))
  call.outcome = await query.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
}

const ABORTED = new Error("enough")

function checkOutcomes(
  calls: readonly Call[],
  { sent, cycles }: Peer,
  { honest, compares }: { readonly honest: boolean; readonly compares: boolean },
  connection: Connection,
  report: Counts,
): void {
  report.frames += sent.reduce((sum, { bytes }) => sum + Math.max(1, framesOf(bytes).frames.length), 0)
  const { readings, ends } = readAll(sent, cycles)
  // A statement that was sent twice (0A000, 26000) has the second answer, or none that is known.
  const cycleOf = new Map(cycles.map((cycle, at) => [numberOf(cycle), at]))
  for (const [number, { statement, asArrays, outcome, aborted }] of calls.entries()) {
    if (outcome === undefined) throw new Error(`query ${number} was not settled`)
    const reading = readings[cycleOf.get(number) ?? cycles.length]
    if ("error" in outcome) {
      report.rejected++
      if (outcome.error !== ABORTED) checkedError(outcome.error)
      if (honest && !aborted && connection.status !== "closed" && reading?.refused === false)
        throw new Error(`query ${number} (${statement.tag}): ${outcome.error}`)
      continue
    }
    report.fulfilled++
    if (!compares) continue
    if (reading === undefined) {
      if (ends !== "ambiguous") throw new Error(`query ${number} (${statement.tag}) was fulfilled and has no answer: ${ends}`)
      continue
    }
    report.compared++
    compare(number, reading, outcome.value, asArrays)
  }
}

function compare(number: number, { rows, names, refused, tag }: Reading, value: QueryResult, asArrays: boolean): void {
  if (refused) throw new Error(`query ${number} was fulfilled although it was refused`)
  const expected = asArrays ? rows : rows.map((row) => Object.fromEntries(row.map((each, i) => [names[i]!, each])))
  if (!isDeepStrictEqual(value.rows as unknown[], expected as Row[])) throw new Error(`query ${number} has other rows than were sent`)
  if (
    !isDeepStrictEqual(
      value.fields.map(({ name }) => name),
      [...names],
    )
  )
    throw new Error(`query ${number} has other columns than were sent`)
  const count = /^(?:[A-Z ]* )?(\d+)$/.exec(tag)?.[1]
  if (count !== undefined && value.rowCount !== Number(count)) throw new Error(`query ${number} counts ${value.rowCount} for "${tag}"`)
}

/** Every error is a PgsdError with a code. */
function checkedError(error: unknown): undefined {
  if (!isPgsdError(error)) throw new Error(`not a PgsdError: ${error instanceof Error ? error.stack : error}`, { cause: error })
  return undefined
}

async function within<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${DEADLINE_MS} ms`)), DEADLINE_MS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function memory(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
