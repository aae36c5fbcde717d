import { isPgsdError } from "@pgsd/driver"
import type { Session } from "@pgsd/driver/calls"
import { describe, expect, test } from "vitest"
import { fakeSession } from "../support/fake-session.ts"

// Objects that throw when they are read: a getter, a Proxy, a revoked Proxy. The error is a PgsdError, and the session goes on.

const thrown = new Error("not to be read")
const fail = () => {
  throw thrown
}

function revoked(target: object): never {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy as never
}

const hostile = (target: object): readonly (readonly [how: string, value: never])[] => [
  ["a Proxy that throws", new Proxy(target, { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail }) as never],
  ["a Proxy whose values throw", new Proxy(target, { get: fail }) as never],
  ["a revoked Proxy", revoked(target)],
]

const throwing = (name: string) => Object.defineProperty({}, name, { get: fail, enumerable: true }) as never

async function drained(parts: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of parts) void _
}

type Call = (session: Session, value: never) => Promise<unknown>

const OPTIONS: Readonly<Record<string, Call>> = {
  query: (session, options) => session.query("SELECT 1", [], options),
  one: (session, options) => session.one("SELECT 1", [], options),
  maybeOne: (session, options) => session.maybeOne("SELECT 1", [], options),
  batch: (session, options) => session.batch(["SELECT 1"], options),
  notify: (session, options) => session.notify("news", "", options),
  copyFrom: (session, options) => session.copyFrom("COPY t FROM STDIN", ["1\n"], options),
  copyTo: async (session, options) => drained(session.copyTo("COPY t TO STDOUT", options)),
  stream: async (session, options) => drained(session.stream("SELECT 1", [], options)),
  transaction: (session, options) => session.transaction(() => 1, options),
  savepoint: (session, options) => session.transaction((tx) => tx.transaction(() => 1, options)),
}
const STATEMENTS: Readonly<Record<string, Call>> = {
  query: (session, statement) => session.query(statement),
  one: (session, statement) => session.one(statement),
  maybeOne: (session, statement) => session.maybeOne(statement),
  batch: (session, statement) => session.batch([statement]),
  copyFrom: (session, statement) => session.copyFrom(statement, ["1\n"]),
  copyTo: async (session, statement) => drained(session.copyTo(statement)),
  stream: async (session, statement) => drained(session.stream(statement)),
}
const LISTS: Readonly<Record<string, Call>> = {
  "parameters of query": (session, params) => session.query("SELECT $1", params),
  "parameters of one": (session, params) => session.one("SELECT $1", params),
  "parameters of a query with maxRows": (session, params) => session.query("SELECT $1", params, { maxRows: 1 }),
  "parameters of stream": async (session, params) => drained(session.stream("SELECT $1", params)),
  "values of a statement": (session, values) => session.query({ text: "SELECT $1", values }),
  "values of a statement of batch": (session, values) => session.batch([{ text: "SELECT $1", values }]),
  "statements of batch": (session, statements) => session.batch(statements),
}

async function expectRefused(call: (session: Session) => Promise<unknown>, code: string): Promise<void> {
  const { session } = await fakeSession()
  const error: unknown = await call(session).then(
    () => "it was taken",
    (reason) => reason,
  )
  expect(error, String(error)).toSatisfy(isPgsdError)
  expect(error).toMatchObject({ code, label: session.info.label })
  expect((await session.query("SELECT 1")).command).toBe("SELECT")
  await session.close()
}

describe.each(Object.entries(OPTIONS))("options of %s", (_, call) => {
  test.each([...hostile({}), ["an option that throws", throwing("signal")]] as const)("%s", async (_how, options) => {
    await expectRefused((session) => call(session, options), "PGSD_INVALID_OPTION")
  })
})

describe.each(Object.entries(STATEMENTS))("the statement of %s", (_, call) => {
  const ways = [
    ...hostile({ text: "SELECT 1" }),
    ["a text that throws", throwing("text")],
    ["values that throw", throwing("values")],
  ] as const
  test.each(ways)("%s", async (_how, statement) => {
    await expectRefused((session) => call(session, statement), "PGSD_INVALID_PARAMETER")
  })
})

describe.each(Object.entries(LISTS))("%s", (_, call) => {
  test.each(hostile([1]))("%s", async (_how, list) => {
    await expectRefused((session) => call(session, list), "PGSD_INVALID_PARAMETER")
  })
})
