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
  test("a statement is bounded by the server or by the pool", () => {
    expect(settings({})).toEqual([])
    expect(settings({}, { plan: { ...plan, queryTimeoutMs: Number.POSITIVE_INFINITY } })).toEqual(["timeouts.statement warn"])
    const bounded = { ...timeouts, statementTimeout: "30s" }
    expect(settings({}, { plan: { ...plan, queryTimeoutMs: Number.POSITIVE_INFINITY }, timeouts: bounded })).toEqual([])
  })

  test("warns of a server that ends idle sessions before the pool does", () => {
    expect(settings({ idle_session_timeout: "60001" })).toEqual(["timeouts.idle-session ok"])
    expect(settings({ idle_session_timeout: "60000" })).toEqual(["timeouts.idle-session warn"])
    expect(settings({ idle_session_timeout: "600000" }, { plan: { ...plan, min: 1 } })).toEqual(["timeouts.idle-session warn"])
    expect(settings({ idle_session_timeout: "0" })).toEqual([])
  })

  test("warns when a vanished client is noticed later than after a quarter of an hour; not on the same machine", () => {
    const probes = (idle: string) => ({ tcp_keepalives_idle: idle, tcp_keepalives_interval: "75", tcp_keepalives_count: "9" })
    expect(settings(probes("7200"))).toEqual(["timeouts.keepalives warn"])
    expect(settings(probes("225"))).toEqual(["timeouts.keepalives ok"])
    expect(settings(probes("0"))).toEqual([])
    expect(settings(probes("7200"), { remote: false })).toEqual([])
  })
})

test("statements quote their names, and at most 20 sessions are listed", () => {
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
