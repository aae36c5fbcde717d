import { once } from "node:events"
import type { Socket } from "node:net"
import { type Connection, DatabaseConnectionError, type PgsdError } from "@pgsd/driver"
import { socketDriver } from "@pgsd/driver/socket"
import { describe, expect, test } from "vitest"
import {
  authentication,
  backendKeyData,
  commandComplete,
  dataRow,
  failure,
  message,
  notification,
  parameterStatus,
  ready,
  rowDescription,
  WELCOME,
} from "../support/backend-messages.ts"
import { type BackendScript, type ScriptedBackend, scriptedBackend } from "../support/scripted-backend.ts"
import { simpleAdapter } from "../support/simple-adapter.ts"
import { until } from "../support/test-server.ts"

const driver = socketDriver(simpleAdapter)

interface Session extends AsyncDisposable {
  readonly connection: Connection
  readonly server: ScriptedBackend
  /** The texts of the received queries. */
  readonly arrived: readonly string[]
  /** What onClose reported. */
  readonly closings: readonly (PgsdError | undefined)[]
}

/** A connection to a server that answers each query text by `answer`. */
async function session(answer: (sql: string, socket: Socket) => unknown, script: BackendScript = {}): Promise<Session> {
  const arrived: string[] = []
  const server = await scriptedBackend({
    startup: () => WELCOME,
    message: (type, body, { socket }) => {
      if (type !== "Q") return undefined
      const sql = body.toString("utf8", 0, body.length - 1)
      arrived.push(sql)
      return answer(sql, socket)
    },
    ...script,
  })
  const connection = await driver.connect({ host: "127.0.0.1", port: server.port, user: "app", label: "test" })
  const closings: (PgsdError | undefined)[] = []
  connection.onClose((error) => closings.push(error))
  return {
    connection,
    server,
    arrived,
    closings,
    async [Symbol.asyncDispose]() {
      connection.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}

const result = (...bytes: Buffer[]) => Buffer.concat([...bytes, ready()])
const done = result(commandComplete("SELECT 0"))
const fatal = (sqlState: string) => failure({ S: "FATAL", V: "FATAL", C: sqlState, M: "terminating connection" })

describe("results", () => {
  const two = result(rowDescription(["n", 23], ["n", 23], ["__proto__", 25]), dataRow("1", null, "own"), commandComplete("SELECT 1"))

  test("of columns with the same name the last wins, and no name is special", async () => {
    await using s = await session(() => two)
    const { rows } = await s.connection.query("…")
    expect(Object.entries(rows[0] ?? {})).toEqual([
      ["n", null],
      ["__proto__", "own"],
    ])
  })

  test("parsers: the query's before the driver's before the table's", async () => {
    const types = { 23: (text: string) => `driver ${text}` }
    await using server = await scriptedBackend({
      startup: () => WELCOME,
      message: () => result(rowDescription(["a", 23], ["b", 16]), dataRow("1", "t"), commandComplete("SELECT 1")),
    })
    const connection = await socketDriver(simpleAdapter, { types }).connect({ host: "127.0.0.1", port: server.port, user: "app" })
    expect((await connection.query("…")).rows).toEqual([{ a: "driver 1", b: true }])
    const own = await connection.query("…", undefined, { types: { 16: (text) => `query ${text}` } })
    expect(own.rows).toEqual([{ a: 1, b: "query t" }])
    connection.destroy()
  })

  test("a parser that throws fails its query, and the connection continues", async () => {
    await using s = await session(() => result(rowDescription(["a", 23]), dataRow("1"), dataRow("2"), commandComplete("SELECT 2")))
    const thrown = new Error("a parser's")
    const parser = () => {
      throw thrown
    }
    await expect(s.connection.query("…", undefined, { types: { 23: parser } })).rejects.toBe(thrown)
    expect((await s.connection.query("…")).rows).toEqual([{ a: 1 }, { a: 2 }])
  })

  test.each([
    ["out", "H"],
    ["in", "G"],
  ])("an unrequested COPY %s ends the connection, before the driver sees it", async (_, type) => {
    let socket: Socket | undefined
    await using s = await session((_, from) => {
      socket = from
      return done
    })
    await s.connection.query("…")
    socket!.write(message(type, Buffer.from([0, 0, 0])))
    await expect.poll(() => s.closings).toMatchObject([{ code: "PGSD_CONNECTION_LOST" }])
  })

  test.each([
    ["fewer", dataRow("1")],
    ["more", dataRow("1", "2", "3")],
  ])("a row with %s values than there are columns ends the connection, as its columns are unknown", async (_, row) => {
    await using s = await session(() => result(rowDescription(["a", 23], ["b", 17]), row, commandComplete("SELECT 1")))
    await expect(s.connection.query("…")).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
    expect(s.closings).toMatchObject([{ code: "PGSD_CONNECTION_LOST" }])
  })

  test.each([
    ["INSERT 0 3", "INSERT", 3],
    ["SELECT 12", "SELECT", 12],
    ["CREATE TABLE", "CREATE TABLE", 0],
    ["CREATE TABLE AS 7", "CREATE TABLE AS", 7],
    ["REFRESH MATERIALIZED VIEW", "REFRESH MATERIALIZED VIEW", 0],
  ])("the tag %j", async (tag, command, rowCount) => {
    await using s = await session(() => result(commandComplete(tag)))
    expect(await s.connection.query("…")).toEqual({ rows: [], fields: [], command, rowCount })
  })
})

describe("invalid statements are refused before anything is sent", () => {
  test.each([
    ["a parameter too many", "SELECT $1", [1]],
    ["undefined", "SELECT $1", [undefined]],
    ["no array", "SELECT $1", "1" as never],
    ["a NUL in the text", "SELECT 'a\0b'", undefined],
    ["no text", 5 as never, undefined],
  ])("%s", async (_, sql, params) => {
    await using s = await session(() => done)
    await expect(s.connection.query(sql, params)).rejects.toThrow(expect.objectContaining({ code: "PGSD_INVALID_PARAMETER" }))
    expect([s.connection.status, s.arrived]).toEqual(["idle", []])
  })
})

describe("ordering on the wire", () => {
  test("queries without a signal share the wire; one with a signal has it exclusively", async () => {
    const held: (() => void)[] = []
    await using s = await session((_sql, socket) => {
      held.push(() => socket.write(done))
    })
    const { signal } = new AbortController()
    const settled: string[] = []
    for (const [sql, options] of [["a"], ["b"], ["c", { signal }], ["d"], ["e"], ["f", { signal }]] as const)
      s.connection.query(sql, undefined, options).then(() => settled.push(sql))
    const steps = [
      [["a", "b"], 2],
      [["a", "b", "c"], 1],
      [["a", "b", "c", "d", "e"], 2],
      [["a", "b", "c", "d", "e", "f"], 1],
    ] as const
    for (const [expected, answers] of steps) {
      await until(() => s.arrived.length === expected.length, `${expected} to arrive`)
      // One more round trip: anything else sent would have arrived by now.
      await new Promise((resolve) => setImmediate(resolve))
      expect(s.arrived).toEqual(expected)
      expect(s.connection.status).toBe("busy")
      for (let i = 0; i < answers; i++) held.shift()?.()
    }
    await until(() => settled.length === 6, "all to settle")
    expect([settled, s.connection.status]).toEqual([["a", "b", "c", "d", "e", "f"], "idle"])
  })

  test("each error reaches its own query", async () => {
    await using s = await session((sql) => {
      if (sql !== "bad") return done
      return result(failure({ S: "ERROR", V: "ERROR", C: "42703", M: "no such column" }))
    })
    const outcomes = await Promise.allSettled(["good", "bad", "good", "bad"].map((sql) => s.connection.query(sql)))
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected"])
    expect(outcomes[1]).toMatchObject({ reason: { sqlState: "42703", cause: { message: "the simple driver's own message" } } })
  })
})

describe("abort", () => {
  test("of a queued query: it is never sent", async () => {
    let answer = () => {}
    await using s = await session((_sql, socket) => {
      answer = () => socket.write(done)
    })
    const [first, reason, controller] = [s.connection.query("first"), new Error("enough"), new AbortController()]
    const second = s.connection.query("second", undefined, { signal: controller.signal })
    controller.abort(reason)
    await expect(second).rejects.toBe(reason)
    expect(s.connection.status).toBe("busy")
    await until(() => s.arrived.length === 1, "the first to arrive")
    answer()
    await first
    expect([s.arrived, s.server.cancels, s.connection.status]).toEqual([["first"], [], "idle"])
  })

  test("cancels until the server reports the end of the query; after several requests, one may still be in flight", async () => {
    let answer = () => {}
    await using s = await session((sql, socket) => {
      if (sql === "next") return done
      answer = () => socket.write(result(failure({ S: "ERROR", V: "ERROR", C: "57014", M: "canceling statement" })))
      return undefined
    })
    const [reason, controller] = [new Error("enough"), new AbortController()]
    const query = s.connection.query("slow", undefined, { signal: controller.signal })
    const next = s.connection.query("next")
    await until(() => s.arrived.length === 1, "the query to arrive")
    controller.abort(reason)
    // The first requests arrived too early.
    await until(() => s.server.cancels.length === 3, "three cancel requests")
    expect(s.arrived).toEqual(["slow"])
    answer()
    await expect(query).rejects.toBe(reason)
    await expect(next).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
    expect(s.server.cancels).toEqual([
      [4711, 42],
      [4711, 42],
      [4711, 42],
    ])
  })

  test("of a query that the first request stops keeps the connection", async () => {
    let answer = () => {}
    await using s = await session((sql, socket) => {
      if (sql === "next") return done
      answer = () => socket.write(result(failure({ S: "ERROR", V: "ERROR", C: "57014", M: "canceling statement" })))
      return undefined
    })
    const [reason, controller] = [new Error("enough"), new AbortController()]
    const query = s.connection.query("slow", undefined, { signal: controller.signal })
    const next = s.connection.query("next")
    await until(() => s.arrived.length === 1, "the query to arrive")
    controller.abort(reason)
    await until(() => s.server.cancels.length === 1, "a cancel request")
    answer()
    await expect(query).rejects.toBe(reason)
    await next
  })

  // A pooler may close the socket before it forwards the request to a server before 18, which sends the signal twice.
  test("the next query waits for the second signal", async () => {
    let answer = () => {}
    const older = Buffer.concat([authentication(0), parameterStatus("server_version", "17.6"), backendKeyData(4711, 42), ready()])
    const times = { answered: 0, next: 0 }
    await using s = await session(
      (sql, socket) => {
        if (sql === "next") {
          times.next = performance.now()
          return done
        }
        answer = () => {
          times.answered = performance.now()
          socket.write(result(failure({ S: "ERROR", V: "ERROR", C: "57014", M: "canceling statement" })))
        }
        return undefined
      },
      { startup: () => older },
    )
    const controller = new AbortController()
    const query = s.connection.query("slow", undefined, { signal: controller.signal })
    const next = s.connection.query("next")
    await until(() => s.arrived.length === 1, "the query to arrive")
    controller.abort(new Error("enough"))
    await until(() => s.server.cancels.length === 1, "a cancel request")
    answer()
    await expect(query).rejects.toThrow("enough")
    await next
    expect(times.next - times.answered).toBeGreaterThan(40)
  })

  test("of a query that the server does not stop destroys the connection within 2 s", async () => {
    await using s = await session(() => undefined)
    const [reason, controller, startedAt] = [new Error("enough"), new AbortController(), performance.now()]
    const query = s.connection.query("deaf", undefined, { signal: controller.signal })
    controller.abort(reason)
    await expect(query).rejects.toBe(reason)
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    expect(s.connection.status).toBe("closed")
    expect(s.closings).toMatchObject([{ code: "PGSD_CONNECTION_LOST" }])
  })

  test("without a cancel key destroys the connection at once", async () => {
    const keyless = Buffer.concat([authentication(0), ready()])
    await using s = await session(() => undefined, { startup: () => keyless })
    const [reason, controller] = [new Error("enough"), new AbortController()]
    const query = s.connection.query("slow", undefined, { signal: controller.signal })
    controller.abort(reason)
    await expect(query).rejects.toBe(reason)
    expect(s.closings).toMatchObject([{ code: "PGSD_CONNECTION_LOST" }])
  })
})

describe("loss", () => {
  test.each([
    ["the end of the stream", (socket: Socket) => socket.end(), undefined],
    ["a reset", (socket: Socket) => socket.resetAndDestroy(), undefined],
    ["a FATAL", (socket: Socket) => socket.write(fatal("57P01")), "57P01"],
    ["a FATAL after a result", (socket: Socket) => socket.write(Buffer.concat([done, fatal("25P03")])), "25P03"],
    ["bytes that are no message", (socket: Socket) => socket.write("garbage and more"), undefined],
    ["another login", (socket: Socket) => socket.write(WELCOME), undefined],
    ["a driver that throws while it reads", (socket: Socket) => socket.write(message("s")), undefined],
  ])("%s: onClose once, and every query rejects at once", async (_, happen, sqlState) => {
    await using s = await session((_sql, socket) => void happen(socket))
    const lost = expect.objectContaining({ code: "PGSD_CONNECTION_LOST", retryable: true, ...(sqlState && { sqlState }) })
    const queries = await Promise.allSettled([s.connection.query("first"), s.connection.query("second")])
    await until(() => s.closings.length > 0, "onClose")
    expect(s.connection.status).toBe("closed")
    expect(queries[1]).toEqual({ status: "rejected", reason: lost })
    for (let i = 0; i < 2; i++) await expect(s.connection.query("after")).rejects.toThrow(lost)
    expect(s.closings).toEqual([lost])
    if (sqlState !== undefined) expect(s.closings[0]).toMatchObject({ cause: { sqlState, severity: "FATAL" } })
    expect(s.connection.native).toEqual({ ended: true })
    await until(() => s.server.open.size === 0, "the socket to close")
  })

  test("of an idle connection is reported, also to listeners added later", async () => {
    await using s = await session(() => done)
    for (const socket of s.server.open) socket.write(fatal("57P05"))
    await until(() => s.closings.length > 0, "onClose")
    const late = await new Promise((resolve) => s.connection.onClose(resolve))
    expect(late).toBe(s.closings[0])
    expect(late).toBeInstanceOf(DatabaseConnectionError)
  })
})

describe("close and destroy", () => {
  test("close() lets queries in flight finish, sends Terminate, and is idempotent", async () => {
    let answer: (() => void) | undefined
    const terminations: string[] = []
    await using s = await session(() => undefined, {
      message: (type, _body, { socket }) => {
        if (type === "X") terminations.push(type)
        answer = () => socket.write(done)
      },
    })
    const query = s.connection.query("slow")
    const [one, other] = [s.connection.close(), s.connection.close()]
    await expect(s.connection.query("late")).rejects.toThrow(expect.objectContaining({ code: "PGSD_CONNECTION_CLOSED" }))
    await new Promise((resolve) => setImmediate(resolve))
    expect(terminations).toEqual([])
    await until(() => answer !== undefined, "the query to arrive")
    answer?.()
    await Promise.all([query, one, other])
    expect([terminations, s.closings, s.connection.status]).toEqual([["X"], [undefined], "closed"])
    await s.connection.close()
  })

  test("destroy() rejects queries in flight at once", async () => {
    await using s = await session(() => undefined)
    const query = s.connection.query("slow")
    s.connection.destroy()
    expect([s.connection.status, s.closings]).toEqual(["closed", [undefined]])
    await expect(query).rejects.toThrow(expect.objectContaining({ code: "PGSD_CONNECTION_CLOSED" }))
    s.connection.destroy()
    await s.connection.close()
  })
})

describe("listeners", () => {
  test("receive notices and notifications", async () => {
    await using s = await session(() =>
      result(failure({ S: "WARNUNG", V: "WARNING", C: "01000", M: "careful" }, "N"), notification(7, "jobs", "42"), commandComplete("DO")),
    )
    const received: unknown[] = []
    s.connection.onNotice((notice) => received.push(notice))
    s.connection.onNotification((each) => received.push(each))
    await s.connection.query("…")
    expect(received).toEqual([
      { severity: "WARNING", sqlState: "01000", message: "careful" },
      { channel: "jobs", payload: "42", processId: 7 },
    ])
  })

  test("that throw affect neither the query nor the next listener, and cause a process warning", async () => {
    await using s = await session(() => result(failure({ S: "NOTICE", C: "00000", M: "hello" }, "N"), commandComplete("DO")))
    const received: string[] = []
    s.connection.onNotice(() => {
      throw new Error("a listener's")
    })
    s.connection.onNotice(({ message }) => received.push(message))
    const warned = once(process, "warning")
    expect((await s.connection.query("…")).command).toBe("DO")
    expect(await warned).toMatchObject([{ message: "a listener's" }])
    expect([received, s.connection.status]).toEqual([["hello"], "idle"])
  })
})
