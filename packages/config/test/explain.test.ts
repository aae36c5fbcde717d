import { expect, test } from "vitest"
import { type ExplainedSetting, explainConnection, resolveConnection } from "../src/index.ts"
import { sandbox } from "./support/sandbox.ts"

const line = ({ key, value, source, note }: ExplainedSetting) => `${key} = ${value} (${source})${note === undefined ? "" : ` ${note}`}`

test("every value with its layer, then what was derived from it, one line per question", async () => {
  const { directory } = sandbox({ ".pg_service.conf": { content: "# team\n[s]\nport=6000\n" }, ".pgpass": { content: "", mode: "0600" } })
  const config = await resolveConnection({
    connection: "service=s password=S3CRET keepalives_count=2",
    overrides: { host: "127.0.0.1", user: "" },
    profile: { source: "profile production", parameters: { sslmode: "require" } },
    env: { HOME: directory, PGUSER: "envu", PGAPPNAME: "" },
  })
  const lines = explainConnection(config).map(line)
  expect(lines).toEqual(
    expect.arrayContaining([
      "service = s (connection string)",
      "user = envu (environment variable PGUSER)",
      "password = [secret] (connection string)",
      "dbname = envu (same as user)",
      "host = 127.0.0.1 (override)",
      `port = 6000 (service file "${directory}/.pg_service.conf", line 3)`,
      "application_name =  (environment variable PGAPPNAME (set but empty))",
      "keepalives_count = 2 (connection string) no effect: Node cannot set it",
      "sslmode = require (profile production)",
      "channel_binding = prefer (default)",
      "→ host = 127.0.0.1:6000 (override)",
      "→ encryption = tls (profile production)",
      "→ verification = no verification (no trusted roots)",
      `→ password = tried in this order (connection string, then file "${directory}/.pgpass")`,
    ]),
  )
  expect(lines.join("\n")).not.toContain("S3CRET")
  expect(config.sources).toMatchObject({ host: "override", port: expect.stringContaining("line 3"), sslmode: "profile production" })
})

test("several hosts, an address, a socket", async () => {
  const outcomes = async (connection: string) =>
    explainConnection(await resolveConnection({ connection, env: { HOME: "/nonexistent" } }))
      .filter(({ key }) => key.startsWith("→ host") || key === "→ encryption")
      .map(line)
  expect(await outcomes("host=a,b hostaddr=10.0.0.1,10.0.0.2 user=u")).toEqual([
    "→ host 1 = a:5432 at 10.0.0.1 (connection string)",
    "→ host 2 = b:5432 at 10.0.0.2 (connection string)",
    "→ encryption = tls, then plain (default)",
  ])
  expect(await outcomes("host=::1 user=u sslmode=disable")).toContain("→ host = [::1]:5432 (connection string)")
  expect(await outcomes("host=/tmp user=u sslmode=verify-full")).toEqual([
    "→ host = /tmp/.s.PGSQL.5432 (connection string)",
    "→ encryption = plain (Unix sockets are never encrypted)",
  ])
})

test("it explains the result of resolveConnection, nothing else", async () => {
  const config = await resolveConnection({ connection: "host=h user=u", env: {} })
  expect(() => explainConnection({ ...config })).toThrow(TypeError)
})

test("the five layers override each other, strongest first", async () => {
  const { directory } = sandbox({ ".pg_service.conf": { content: "[s]\ndbname=service\n" } })
  const layers = {
    overrides: { dbname: "override" },
    connection: { dbname: "connection" },
    profile: [
      { source: "strong", parameters: { dbname: "strong" } },
      { source: "weak", parameters: { dbname: "weak" } },
    ],
    env: { PGDATABASE: "environment", HOME: directory, PGSERVICE: "s" },
  }
  const ask = async (without: readonly string[]) => {
    const options = Object.fromEntries(Object.entries({ ...layers, env: { ...layers.env } }).filter(([key]) => !without.includes(key)))
    if (without.includes("service")) delete (options.env as Record<string, string>).PGSERVICE
    if (without.includes("strong") && !without.includes("profile")) options.profile = layers.profile.slice(1)
    return (await resolveConnection({ env: {}, ...options })).database
  }
  const removed: string[] = []
  for (const [next, expected] of [
    ["overrides", "override"],
    ["connection", "connection"],
    ["strong", "strong"],
    ["profile", "weak"],
    ["service", "service"],
    ["env", "environment"],
  ] as const) {
    expect(await ask(removed)).toBe(expected)
    removed.push(next)
  }
})
