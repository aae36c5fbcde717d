import { expect, test } from "vitest"
import { explainConnection, resolveConnection } from "../src/index.ts"
import { cases, type ParseCase, type ResolveCase } from "./support/cases.ts"
import { rejectionOf } from "./support/failure.ts"
import { sandbox } from "./support/sandbox.ts"

test.each(cases<ParseCase>("uri").filter(({ transport, expect }) => transport !== undefined && expect !== undefined))(
  "$id goes by $transport",
  async ({ text, transport, env }) => {
    const box = sandbox()
    const resolved = resolveConnection({ connection: text, env: box.env(env), defaultSocketDirectory: box.fill("{SOCKDIR}") })
    // libpq_uri_regress does not connect; libpq would refuse it then.
    if (env?.PGSSLROOTCERT === "system" && text.includes("sslmode=disable")) {
      expect((await rejectionOf(resolved)).message).toContain('weak sslmode "disable" may not be used with sslrootcert=system')
      return
    }
    const config = await resolved
    expect(config.hosts.map(({ kind }) => kind)).toEqual([transport === "inet" ? "tcp" : "unix"])
    expect(config.tls.mode).toBe(
      new URLSearchParams(text.split("?")[1]).get("sslmode") ?? (env?.PGSSLROOTCERT === "system" ? "verify-full" : "prefer"),
    )
  },
)

test.each(cases<ResolveCase>("resolve"))("$id", async ({ text, env, files, expect: expected, effective, error, mode }) => {
  const box = sandbox(files)
  const resolved = resolveConnection({ connection: box.fill(text), env: box.env(env) })
  const isOwnMessage = error !== undefined && !/Connection refused|" failed$/.test(error)
  if (isOwnMessage) {
    const [firstLine] = (await rejectionOf(resolved)).message.split("\n")
    expect(firstLine).toContain(box.fill(error))
    return
  }
  // Errors that libpq finds by connecting: the parameters are valid here.
  if (error !== undefined) expect(mode).toBe("connect")
  const config = await resolved
  const values = new Map(explainConnection(config).map(({ key, value }) => [key, value]))
  for (const [key, value] of Object.entries(expected ?? {}))
    expect(values.get(key) ?? null, key).toBe(value === null ? null : box.fill(value))
  if (effective?.port !== undefined) expect(String(config.hosts[0]!.port)).toBe(effective.port)
  if (effective?.host !== undefined) expect(config.hosts[0]).toMatchObject({ name: effective.host })
})
