import { expect, test } from "vitest"
import { explainConnection, resolveConnection } from "../src/index.ts"
import { cases, type ResolveCase } from "./support/cases.ts"
import { rejectionOf } from "./support/failure.ts"
import { sandbox } from "./support/sandbox.ts"

test.each(cases<ResolveCase>("resolve"))("$id", async ({ text, env, files, expect: expected, effective, error, mode }) => {
  const box = sandbox(files)
  const resolved = resolveConnection({ connection: box.fill(text), env: box.env(env) })
  const ownWords = error !== undefined && !/Connection refused|" failed$/.test(error)
  if (ownWords) {
    const [firstLine] = (await rejectionOf(resolved)).message.split("\n")
    expect(firstLine).toContain(box.fill(error))
    return
  }
  // What libpq finds out by connecting is the factory's business: here the parameters are fine.
  if (error !== undefined) expect(mode).toBe("connect")
  const config = await resolved
  const values = new Map(explainConnection(config).map(({ key, value }) => [key, value]))
  for (const [key, value] of Object.entries(expected ?? {}))
    expect(values.get(key) ?? null, key).toBe(value === null ? null : box.fill(value))
  if (effective?.port !== undefined) expect(String(config.hosts[0]!.port)).toBe(effective.port)
  if (effective?.host !== undefined) expect(config.hosts[0]).toMatchObject({ name: effective.host })
})
