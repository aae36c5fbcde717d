import type { PreflightReport } from "@pgsd/connector"
import { DatabaseConnectionError } from "@pgsd/driver"
import { describe, expect, test } from "vitest"
import { plainPaint } from "../src/render/paint.ts"
import { verifyJson } from "../src/render/verify-json.ts"
import { verifyText } from "../src/render/verify-text.ts"

const connection = { user: "app", database: "shop", authentication: "scram-sha-256", connectTimeMs: 12.3456, latencyMs: 0.4321 } as const

const fit: PreflightReport = {
  ok: true,
  label: "source",
  reachable: true,
  connection,
  findings: [
    { id: "version", level: "ok", found: "PostgreSQL 14.23" },
    { id: "schema.usage", level: "info", found: 'role "app" has no USAGE on schema "audit"', why: "not shown", fix: "not shown" },
    {
      id: "schema.create",
      level: "warn",
      found: 'role "app" may create objects in schema "public", as everybody may',
      why: "before 15, every role may create in public unless that is revoked",
      fix: "revoke CREATE from PUBLIC, which is everybody",
      statements: ['REVOKE CREATE ON SCHEMA "public" FROM PUBLIC;'],
    },
    {
      id: "role.owner",
      level: "warn",
      found: 'role "app" owns schema "x"',
      fix: "the same",
      statements: ['REVOKE CREATE ON SCHEMA "public" FROM PUBLIC;'],
    },
  ],
  durationMs: 41.7,
}
const lost: PreflightReport = {
  ok: false,
  label: "target",
  reachable: false,
  findings: [{ id: "connect", level: "fail", found: "target (db:5432): connect ECONNREFUSED" }],
  error: new DatabaseConnectionError("PGSD_CONNECTION_REFUSED", "target (db:5432): connect ECONNREFUSED (is it running?)", {
    hint: "is it running?",
    phase: "tcp",
  }),
  durationMs: 3,
}

describe("verify as text", () => {
  test("is a panel for each database: findings in order, reason and fix below those that need one, each statement once", () => {
    expect(
      verifyText({ source: fit, target: lost }, { paint: plainPaint, width: 80 }),
    ).toBe(`─ source ─ shop as app ─────────────────────────────────────────────────────────
  ✓ PostgreSQL 14.23
  i role "app" has no USAGE on schema "audit"
  ! role "app" may create objects in schema "public", as everybody may
    why  before 15, every role may create in public unless that is revoked
    fix  revoke CREATE from PUBLIC, which is everybody
         REVOKE CREATE ON SCHEMA "public" FROM PUBLIC;
  ! role "app" owns schema "x"
    fix  the same
         with the statements above
  fit for a comparison, 2 warnings (a round trip takes 0.4 ms, all of it took 42 ms)

─ target ───────────────────────────────────────────────────────────────────────
  pgsd: target (db:5432): connect ECONNREFUSED (is it running?)
        [PGSD_CONNECTION_REFUSED]
  not reachable (all of it took 3 ms)
`)
  })

  test("a failed check determines the result", () => {
    const report = {
      ...fit,
      ok: false,
      findings: [{ id: "version.refused", level: "fail", found: "PostgreSQL 9.6", why: "too old" }],
    } as const
    expect(verifyText({ source: report }, { paint: plainPaint, width: 80 })).toContain(`  ✗ PostgreSQL 9.6
    why  too old
  not fit for a comparison: 1 failed (`)
  })

  test("long findings are wrapped between words", () => {
    const lines = verifyText({ source: fit }, { paint: plainPaint, width: 48 }).split("\n")
    expect(lines).toContain('  ! role "app" may create objects in schema')
    expect(lines).toContain('    "public", as everybody may')
  })
})

test("verify as JSON: by name, errors as data, milliseconds to the tenth", () => {
  const json = JSON.parse(verifyJson({ source: fit, target: lost }))
  expect(json).toMatchObject({
    format: 1,
    ok: false,
    databases: { source: { ok: true, connection: { connectTimeMs: 12.3, latencyMs: 0.4 } } },
  })
  expect(json.databases.target.error).toEqual({
    code: "PGSD_CONNECTION_REFUSED",
    message: "target (db:5432): connect ECONNREFUSED (is it running?)",
    hint: "is it running?",
    retryable: false,
  })
})
