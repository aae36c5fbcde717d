import assert from "node:assert/strict"
import { Readable } from "node:stream"
import { type Connection, isPgsdError, QueryError } from "@pgsd/driver"
import type { Bench } from "./bench.ts"
import type { LawFamily } from "./law.ts"
import { eventually, rejection, turn } from "./waiting.ts"

export const COPY_IN = "COPY pgsd_moved FROM STDIN"
export const COPY_OUT = "COPY (SELECT n FROM generate_series(1, 50000) AS n) TO STDOUT"
export const COPIED = "SELECT count(*)::int4 AS moved FROM pgsd_moved"
const reason = new Error("no longer wanted")
const never = new Promise<never>(() => {})

export const copyLaws: LawFamily = {
  name: "COPY",
  laws: [
    {
      name: "copyFrom sends what its source yields, split anywhere, and returns the number of rows; copyTo reads everything",
      check: async (bench) => {
        const connection = await withTable(bench)
        const text = Buffer.from(Array.from({ length: 5_000 }, (_, n) => `${n}\té€😀\n`).join(""))
        const cut = Array.from({ length: Math.ceil(text.length / 777) }, (_, n) => text.subarray(n * 777, (n + 1) * 777))
        for (const source of [cut, later(...cut), throughOneBuffer(cut)]) {
          const { rowCount } = await bench.soon(connection.copyFrom(COPY_IN, source), "copyFrom")
          assert.equal(rowCount, 5_000)
        }
        assert.equal(await moved(connection), 15_000)
        for (const source of [[], [Buffer.alloc(0)]])
          assert.equal((await bench.soon(connection.copyFrom(COPY_IN, source), "copyFrom of nothing")).rowCount, 0)
        const lines = (await bench.soon(taken(connection, COPY_OUT), "copyTo")).toString().split("\n")
        assert.deepEqual([lines.length, lines[0], lines[49_999], lines[50_000]], [50_001, "1", "50000", ""])
        assert.equal(connection.status, "idle")
      },
    },
    {
      name: "a failing source ends copyFrom with its own error: nothing is copied, and the connection continues",
      check: async (bench) => {
        const connection = await withTable(bench)
        for (const early of [[], [Buffer.from("1\tx\n")]]) {
          const copied = connection.copyFrom(COPY_IN, later(...early, reason))
          assert.equal(await bench.soon(rejection(copied, "copyFrom"), "copyFrom whose source fails"), reason)
        }
        assert.equal(await bench.soon(moved(connection), "a query after it"), 0)
      },
    },
    {
      name: "a Readable that fails before copyFrom has read it ends copyFrom with its error, and not the process",
      check: async (bench) => {
        const connection = await withTable(bench)
        const before = connection.query("SELECT pg_sleep(0.05), 1 AS a")
        const source = new Readable({ read() {} })
        const copied = rejection(connection.copyFrom(COPY_IN, source), "copyFrom")
        assert.ok(source.listenerCount("error") > 0, "nothing listens to the source's errors")
        source.destroy(reason)
        assert.equal(await bench.soon(copied, "copyFrom whose source fails"), reason)
        await before
        assert.equal(await bench.soon(moved(connection), "a query after it"), 0)
      },
    },
    {
      name: "a source that copyFrom does not begin to read is closed",
      check: async (bench) => {
        const connection = await withTable(bench)
        const refused = async (sql: string, signal?: AbortSignal) => {
          let closed = false
          const done = { done: true, value: undefined } as const
          const source = {
            next: () => never,
            return: async () => {
              closed = true
              return done
            },
            [Symbol.asyncIterator]: () => source,
          }
          await bench.soon(rejection(connection.copyFrom(sql, source, { signal }), sql), sql)
          await eventually(bench.timeoutMs, () => closed, `the source was not closed: ${sql}, ${connection.status}`)
        }
        await refused(COPY_OUT)
        await refused(COPY_IN, AbortSignal.abort(reason))
        await connection.close()
        await refused(COPY_IN)
      },
    },
    {
      name: "a refused row ends copyFrom with line and column, and closes the source: nothing is copied",
      check: async (bench) => {
        const connection = await withTable(bench)
        let ended = false
        async function* endless(): AsyncGenerator<Uint8Array> {
          try {
            yield Buffer.from("1\tx\nwrong\tx\n")
            for (;;) {
              await turn()
              yield Buffer.from("2\tx\n")
            }
          } finally {
            ended = true
          }
        }
        // Without a network, all data is read before the statement is sent.
        const source = bench.supports.network ? endless() : [Buffer.from("1\tx\nwrong\tx\n")]
        const error = await bench.soon(rejection(connection.copyFrom(COPY_IN, source), "copyFrom"), "copyFrom of a wrong row")
        assert.ok(error instanceof QueryError)
        assert.equal(error.sqlState, "22P02")
        assert.match(error.where ?? "", /line 2, column a/)
        if (bench.supports.network) await eventually(bench.timeoutMs, () => ended, "the source was not ended")
        assert.equal(await bench.soon(moved(connection), "a query after it"), 0)
      },
    },
    {
      name: "an abort ends copyFrom while its source is waiting: nothing is copied, and the connection is usable or closed",
      check: async (bench) => {
        const connection = await withTable(bench)
        const fired = rejection(connection.copyFrom(COPY_IN, [], { signal: AbortSignal.abort(reason) }), "copyFrom with a fired signal")
        assert.equal(await fired, reason)
        const aborter = new AbortController()
        const copied = connection.copyFrom(
          COPY_IN,
          later(Buffer.from("1\tx\n"), () => aborter.abort(reason), never),
          { signal: aborter.signal },
        )
        assert.equal(await bench.soon(rejection(copied, "copyFrom"), "an aborted copyFrom"), reason)
        if (connection.status !== "closed") assert.equal(await bench.soon(moved(connection), "a query after it"), 0)
      },
    },
    {
      name: "copyTo that is left early or aborted leaves the connection usable or closed",
      check: async (bench) => {
        let connection = await bench.connect()
        for (const how of ["left", "aborted", "never begun"] as const) {
          if (connection.status === "closed") connection = await bench.connect()
          const aborter = new AbortController()
          const output = connection.copyTo(COPY_OUT, { signal: aborter.signal })
          if (how !== "never begun") assert.ok((await bench.soon(output.next(), "the first chunk")).value?.length > 0)
          if (how === "aborted") {
            aborter.abort(reason)
            const rest = async () => {
              for await (const chunk of output) assert.ok(chunk.length > 0)
            }
            assert.equal(await bench.soon(rejection(rest(), "copyTo"), "an aborted copyTo"), reason)
          }
          await bench.soon(Promise.resolve(output[Symbol.asyncDispose]()), "the end of copyTo")
          assert.deepEqual(await output.next(), { done: true, value: undefined })
          if (connection.status === "closed") continue
          assert.equal(connection.status, "idle")
          assert.deepEqual((await bench.soon(connection.query("SELECT 1 AS a"), "a query after it")).rows, [{ a: 1 }])
        }
      },
    },
    {
      name: "a copyTo that is aborted while it waits for its turn rejects at once and is never sent",
      check: async (bench) => {
        const connection = await bench.connect()
        const aborter = new AbortController()
        const before = connection.query("SELECT pg_sleep(0.05), 1 AS a")
        const waiting = rejection(connection.copyTo(COPY_OUT, { signal: aborter.signal }).next(), "copyTo")
        aborter.abort(reason)
        assert.equal(await bench.soon(waiting, "an aborted copyTo"), reason)
        assert.equal((await before).rows[0]?.a, 1)
        assert.deepEqual((await bench.soon(connection.query("SELECT 1 AS a"), "a query after it")).rows, [{ a: 1 }])
      },
    },
    {
      name: "a COPY in either direction on a closed connection rejects at once",
      check: async (bench) => {
        const connection = await bench.connect()
        await connection.close()
        for (const copy of [connection.copyTo(COPY_OUT).next(), connection.copyFrom(COPY_IN, [])]) {
          const error = await bench.soon(rejection(copy, "the COPY"), "a COPY on a closed connection")
          assert.ok(isPgsdError(error))
          assert.equal(error.code, "PGSD_CONNECTION_CLOSED")
        }
      },
    },
    {
      name: "a query sent during a COPY waits for its end",
      check: async (bench) => {
        const connection = await withTable(bench)
        let asked: Promise<number> | undefined
        const ask = () => {
          asked = moved(connection)
          asked.catch(() => {})
        }
        const copied = connection.copyFrom(COPY_IN, later(Buffer.from("1\tx\n"), ask, Buffer.from("2\tx\n")))
        assert.equal((await bench.soon(copied, "copyFrom")).rowCount, 2)
        // Without a network, the data is read before the statement's turn.
        assert.equal(await bench.soon(asked ?? never, "the query beside it"), bench.supports.network ? 2 : await asked)
      },
    },
    {
      name: "copyFrom and copyTo refuse other statements without sending anything",
      check: async (bench) => {
        const connection = await withTable(bench)
        for (const sql of [
          "INSERT INTO pgsd_moved VALUES (1)",
          "COPY pgsd_moved TO STDOUT",
          "COPY pgsd_moved FROM '/dev/null'",
          "",
          "COPY",
        ])
          invalid(await bench.soon(rejection(connection.copyFrom(sql, []), sql), sql))
        for (const sql of ["INSERT INTO pgsd_moved VALUES (1) RETURNING a", COPY_IN, ""])
          invalid(await bench.soon(rejection(connection.copyTo(sql).next(), sql), sql))
        assert.equal(await moved(connection), 0)
      },
    },
    {
      name: "a lost connection rejects a COPY in either direction",
      needs: ["network"],
      check: async (bench) => {
        const { proxy, target } = await bench.proxied()
        const sending = await bench.connect(target)
        await sending.query("CREATE TEMP TABLE pgsd_moved (a int4, b text)")
        const copied = rejection(
          sending.copyFrom(
            COPY_IN,
            later(Buffer.from("1\tx\n"), () => proxy.cut(), never),
          ),
          "copyFrom",
        )
        lost(await bench.soon(copied, "copyFrom at a loss"))
        const reading = await bench.connect(target)
        const output = reading.copyTo("COPY (SELECT repeat('x', 1000), generate_series(1, 10000000)) TO STDOUT")
        await output.next()
        proxy.cut()
        const rest = async () => {
          for await (const chunk of output) assert.ok(chunk.length > 0)
        }
        lost(await bench.soon(rejection(rest(), "copyTo"), "copyTo at a loss"))
      },
    },
  ],
}

async function withTable(bench: Bench): Promise<Connection> {
  const connection = await bench.connect()
  await connection.query("CREATE TEMP TABLE pgsd_moved (a int4, b text)")
  return connection
}

async function moved(connection: Connection): Promise<number> {
  return (await connection.query<{ moved: number }>(COPIED)).rows[0]?.moved ?? -1
}

async function taken(connection: Connection, sql: string): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of connection.copyTo(sql)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Yields each part in a later turn; throws an error, calls a function, awaits a promise. */
async function* later(...parts: readonly (Uint8Array | Error | Promise<never> | (() => void))[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    await turn()
    if (part instanceof Error) throw part
    if (part instanceof Promise) await part
    else if (typeof part === "function") part()
    else yield part
  }
}

/** The same bytes, with one buffer reused for every chunk. */
function* throughOneBuffer(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  const buffer = Buffer.alloc(Math.max(...chunks.map(({ length }) => length)))
  for (const chunk of chunks) {
    buffer.set(chunk)
    yield buffer.subarray(0, chunk.length)
    buffer.fill(0)
  }
}

function invalid(error: unknown): void {
  assert.ok(isPgsdError(error))
  assert.equal(error.code, "PGSD_INVALID_PARAMETER")
}

function lost(error: unknown): void {
  assert.ok(isPgsdError(error))
  assert.equal(error.code, "PGSD_CONNECTION_LOST")
}
