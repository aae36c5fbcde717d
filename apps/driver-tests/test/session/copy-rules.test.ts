import type { CopySource } from "@pgsd/driver/calls"
import { describe, expect, test } from "vitest"
import { fakeSession } from "../support/fake-session.ts"

// How sources become the bytes of a COPY, and what ends one; over a fake server.

const COPY_IN = "COPY moved FROM STDIN"
const COPY_OUT = "COPY moved TO STDOUT"

async function copied(source: CopySource, sql = COPY_IN, options = {}): Promise<string> {
  const { fake, session } = await fakeSession()
  await session.copyFrom(sql, source, options)
  return Buffer.from(fake.queries[0]!.copied!).toString()
}

/** The sizes of the chunks passed to the driver. */
async function chunksOf(source: CopySource): Promise<number[]> {
  const { connection, session } = await fakeSession()
  const sizes: number[] = []
  connection.copyFrom = async (_, chunks) => {
    for await (const chunk of chunks) sizes.push(chunk.length)
    return { rowCount: 0 }
  }
  await session.copyFrom(COPY_IN, source)
  return sizes
}

async function* later<T>(...parts: T[]): AsyncGenerator<T> {
  yield* parts
}

describe("a source of", () => {
  test.each<[string, CopySource, string]>([
    ["a string", "1\n2\n", "1\n2\n"],
    ["bytes", Buffer.from("é\n"), "é\n"],
    ["nothing", [], ""],
    ["strings", ["1\n", "", "2\n"], "1\n2\n"],
    ["strings that come later", later("1\n", "2\n"), "1\n2\n"],
    [
      "rows",
      [
        [1, "a"],
        [2, null],
      ],
      "1\ta\n2\t\\N\n",
    ],
    ["rows with what must be escaped", [["a\tb", "c\nd", "e\\f", "g\rh"]], "a\\tb\tc\\nd\te\\\\f\tg\\rh\n"],
    ["a row without values", [[]], "\n"],
    ["rows, bytes and strings in turn", [[1], Buffer.from("2\n"), "3\n", [4]], "1\n2\n3\n4\n"],
    ["values of every kind", [[true, 1n, new Date(0), { a: 1 }, [1, 2]]], 'true\t1\t1970-01-01 00:00:00.000+00\t{"a":1}\t{"1","2"}\n'],
    ["halves of a character", ["\ud83d", "\ude00\n"], "😀\n"],
  ])("%s", async (_, source, text) => expect(await copied(source)).toBe(text))

  test("undefined with undefinedAs", async () => {
    expect(await copied([[undefined, 1]], COPY_IN, { undefinedAs: "null" })).toBe("\\N\t1\n")
  })

  test("bytes in a buffer that is reused after it was yielded", async () => {
    const bytes = Buffer.from("1\n")
    function* reused() {
      yield bytes
      bytes.write("2")
      yield bytes
    }
    expect(await copied(reused())).toBe("1\n2\n")
    const large = Buffer.alloc(100_000)
    function* filled() {
      for (const byte of ["1", "2", "3"]) yield large.fill(byte)
    }
    expect(await copied(filled())).toBe("1".repeat(100_000) + "2".repeat(100_000) + "3".repeat(100_000))
  })

  test.each<[string, CopySource, number[]]>([
    ["small parts is gathered", Array.from({ length: 100 }, () => "x".repeat(1_000)), [66_000, 34_000]],
    ["small chunks is gathered", Array.from({ length: 100 }, () => Buffer.alloc(1_000)), [66_000, 34_000]],
    ["a part that is just enough is sent", ["x".repeat(65_536), "y"], [65_536, 1]],
    ["a part that is not enough waits", ["x".repeat(65_535), "y", "z"], [65_536, 1]],
    ["a large part is cut", ["x".repeat(600_000)], [262_144, 262_144, 75_712]],
    ["nothing has no chunk", ["", Buffer.alloc(0)], []],
  ])("%s", async (_, source, sizes) => expect(await chunksOf(source)).toEqual(sizes))
})

describe("is refused, and nothing copied:", () => {
  test.each<[string, unknown, RegExp]>([
    ["a number", 5, /the source of copyFrom\(\) must be an iterable, an async iterable or a Readable/],
    ["null", null, /must be an iterable/],
    ["an object", {}, /must be an iterable/],
    ["a number as a part", [5], /yielded a number \(bytes, strings, or arrays as rows\)/],
    ["null as a part", [null], /yielded null \(bytes/],
    ["an object as a part, late", later("1\n", {} as never), /yielded a object/],
    ["half a character at the end", ["\ud83d"], /an unpaired surrogate \(the text was cut inside a character\)/],
    ["half a character before bytes", ["\ud83d", Buffer.from("1")], /an unpaired surrogate/],
    ["half a character inside", ["\ud83dx"], /an unpaired surrogate/],
    ["undefined in a row", [[1], [2, undefined]], /COPY source, line 2, column 2: undefined|COPY source, line 2, column 2/],
    ["a function in a row", [[() => 1]], /COPY source, line 1, column 1: the value/],
  ])("%s", async (_, source, says) => {
    const { session } = await fakeSession()
    await expect(session.copyFrom(COPY_IN, source as CopySource)).rejects.toMatchObject({
      code: "PGSD_INVALID_PARAMETER",
      label: "the database",
      message: expect.stringMatching(says),
    })
    expect(session.status).toBe("idle")
  })

  test.each(["COPY moved FROM STDIN (FORMAT csv)", "COPY moved FROM STDIN WITH (DELIMITER ',')", "COPY BINARY moved FROM STDIN"])(
    "rows for %s",
    async (sql) => {
      const { session } = await fakeSession()
      await expect(session.copyFrom(sql, [[1]])).rejects.toMatchObject({
        message: expect.stringMatching(/yielded a row for a COPY with (FORMAT|DELIMITER|BINARY) \(rows are written/),
      })
      expect(await copied("1,2\n", sql)).toBe("1,2\n")
    },
  )

  test("a statement with values, one that is not a COPY, and one of the other direction", async () => {
    const { session, sent } = await fakeSession()
    await expect(session.copyFrom({ text: COPY_IN, values: [1] }, [])).rejects.toMatchObject({
      message: expect.stringMatching(/has values, which COPY does not take.*quoteLiteral/),
    })
    await expect(session.copyFrom("SELECT 1", [])).rejects.toMatchObject({ code: "PGSD_INVALID_PARAMETER" })
    await expect(session.copyFrom(COPY_OUT, [])).rejects.toMatchObject({ code: "PGSD_INVALID_PARAMETER" })
    await expect(session.copyTo(COPY_IN).next()).rejects.toMatchObject({ code: "PGSD_INVALID_PARAMETER", label: "the database" })
    expect(sent()).toEqual([])
    await session.copyFrom({ text: COPY_IN, values: [] }, "1\n")
  })
})

test("a source that fails ends the copy with its own error, and is closed when the server refuses", async () => {
  const { fake, session } = await fakeSession()
  const own = new Error("the source's own")
  async function* failing() {
    yield "1\n"
    throw own
  }
  await expect(session.copyFrom(COPY_IN, failing())).rejects.toBe(own)
  fake.answer(COPY_IN, { error: { sqlState: "22P02" } })
  await expect(session.copyFrom(COPY_IN, ["wrong\n"])).rejects.toMatchObject({ sqlState: "22P02", label: "the database" })
  expect(session.status).toBe("idle")
})

test("calls on the session wait until a copy has ended, in either direction", async () => {
  const { fake, session, sent } = await fakeSession()
  fake.answer(COPY_OUT, { copy: ["1\n", "2\n", "3\n"] })
  let go = () => {}
  const gate = new Promise<void>((resolve) => {
    go = resolve
  })
  async function* slow() {
    await gate
    yield "1\n"
  }
  const copy = session.copyFrom(COPY_IN, slow())
  const behind = session.query("SELECT behind")
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(sent()).toEqual([])
  go()
  await Promise.all([copy, behind])
  expect(sent()).toEqual([COPY_IN, "SELECT behind"])
  const out = session.copyTo(COPY_OUT)
  expect(Buffer.from((await out.next()).value!).toString()).toBe("1\n")
  let answered = false
  const waiting = session.query("SELECT waiting").then(() => {
    answered = true
  })
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(answered).toBe(false)
  await out.return?.()
  await waiting
  expect(session.status).toBe("idle")
})

test("copyTo returns all chunks, and is ended by its signal, its own error, or its reader", async () => {
  const { fake, session } = await fakeSession()
  fake.answer(COPY_OUT, { copy: ["1\n", "2\n", "3\n"] })
  const chunks = []
  for await (const chunk of session.copyTo(COPY_OUT)) chunks.push(Buffer.from(chunk).toString())
  expect(chunks).toEqual(["1\n", "2\n", "3\n"])
  const stop = new AbortController()
  const reason = new Error("enough")
  const aborted = session.copyTo(COPY_OUT, { signal: stop.signal })
  await aborted.next()
  stop.abort(reason)
  await expect(aborted.next()).rejects.toBe(reason)
  expect(await aborted.next()).toEqual({ done: true, value: undefined })
  await session.query("SELECT 1")
  fake.answer(COPY_OUT, { error: { sqlState: "42501" } })
  await expect(session.copyTo(COPY_OUT).next()).rejects.toMatchObject({ sqlState: "42501", label: "the database" })
  await session.query("SELECT 1")
})

test("in a transaction an open copy ends with it", async () => {
  const { fake, session } = await fakeSession()
  fake.answer(COPY_OUT, { copy: ["1\n", "2\n", "3\n"] })
  let left: AsyncIterator<Uint8Array> | undefined
  const outcome = await session
    .transaction(async (tx) => {
      left = tx.copyTo(COPY_OUT)
      await left.next()
    })
    .catch((error: unknown) => error)
  await expect(left!.next()).rejects.toMatchObject({ code: "PGSD_TRANSACTION_ENDED" })
  expect(outcome === undefined || (outcome as { code?: string }).code === "PGSD_ROLLED_BACK").toBe(true)
  await session.query("SELECT 1")
})
