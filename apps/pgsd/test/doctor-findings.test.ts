import { describe, expect, test } from "vitest"
import { duration } from "../src/doctor/duration.ts"
import { sessionFindings } from "../src/doctor/sessions.ts"
import { settingFindings } from "../src/doctor/settings.ts"

const plan = { max: 5, min: 0, processes: 1, listens: false, idleTimeoutMs: 60_000, queryTimeoutMs: 5_000 }
const timeouts = { statementTimeout: "0", lockTimeout: "0", idleInTransactionSessionTimeout: "1min" }

function settings(values: Readonly<Record<string, string>>, more: object = {}) {
  const context = { role: 'a"b', database: "shop", plan, timeouts, remote: true, settings: new Map(Object.entries(values)), ...more }
  return settingFindings(context).map(({ id, level }) => `${id} ${level}`)
}

describe("settings", () => {
  test("what bounds a statement is the server's or the pool's", () => {
    expect(settings({})).toEqual([])
    expect(settings({}, { plan: { ...plan, queryTimeoutMs: Number.POSITIVE_INFINITY } })).toEqual(["timeouts.statement warn"])
    const bounded = { ...timeouts, statementTimeout: "30s" }
    expect(settings({}, { plan: { ...plan, queryTimeoutMs: Number.POSITIVE_INFINITY }, timeouts: bounded })).toEqual([])
  })

  test("a server that ends idle sessions is warned of when the pool keeps them for longer", () => {
    expect(settings({ idle_session_timeout: "60001" })).toEqual(["timeouts.idle-session ok"])
    expect(settings({ idle_session_timeout: "60000" })).toEqual(["timeouts.idle-session warn"])
    expect(settings({ idle_session_timeout: "600000" }, { plan: { ...plan, min: 1 } })).toEqual(["timeouts.idle-session warn"])
    expect(settings({ idle_session_timeout: "0" })).toEqual([])
  })

  test("a client that is gone is noticed within a quarter of an hour, or that is a warning; within one machine it is not asked", () => {
    const probes = (idle: string) => ({ tcp_keepalives_idle: idle, tcp_keepalives_interval: "75", tcp_keepalives_count: "9" })
    expect(settings(probes("7200"))).toEqual(["timeouts.keepalives warn"])
    expect(settings(probes("225"))).toEqual(["timeouts.keepalives ok"])
    expect(settings(probes("0"))).toEqual([])
    expect(settings(probes("7200"), { remote: false })).toEqual([])
  })
})

test("statements quote what they name, and at most 20 sessions are named of however many there are", () => {
  const items = Array.from({ length: 20 }, (_, at) => ({
    pid: at + 1,
    role: null,
    database: null,
    application: "",
    state: "idle in transaction",
    stateMs: at === 0 ? 60_000 : 0,
    transactionMs: 60_000,
  }))
  const none = { count: 0, items: [] }
  const sessions = { total: 30, ofRole: 0, ofDatabase: 0, ofRoleInDatabase: 0, hidden: 2 }
  const state = { role: 'a"b', database: "shop", sessions, settings: new Map(), longTransactions: none, prepared: none }
  const [hidden, idle] = sessionFindings(
    { ...state, idleInTransaction: { count: 28, items } },
    { idleInTransactionMs: 10_000, transactionMs: 60_000 },
  )
  expect(hidden?.statements).toEqual(['GRANT pg_read_all_stats TO "a""b";'])
  expect(idle).toMatchObject({ level: "warn", statements: ["SELECT pg_catalog.pg_terminate_backend(1);"], objects: { count: 28 } })
  expect(idle?.objects?.names).toHaveLength(20)
})

test.each([
  [0, "0 s"],
  [999, "less than 1 s"],
  [119_999, "119 s"],
  [120_000, "2 min"],
  [7_875_000, "2 h"],
  [172_800_000, "2 d"],
])("%d ms is %s", (ms, text) => expect(duration(ms)).toBe(text))
