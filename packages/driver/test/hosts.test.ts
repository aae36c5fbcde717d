import { expect, test } from "vitest"
import { type ConnectionInfo, hostAndPort, labelOf, toConnectionConfig } from "../src/index.ts"
import { sessionError } from "../src/open/session-attributes.ts"

test("a place has brackets around an IPv6 address, everywhere", () => {
  expect(hostAndPort("::1", 5433)).toBe("[::1]:5433")
  expect(hostAndPort("db.example.com", 5433)).toBe("db.example.com:5433")
  const config = toConnectionConfig({ host: "::1", user: "app" })
  expect(labelOf(config)).toBe("[::1]:5432/app")
  const hosts = [...config.hosts, ...toConnectionConfig({ host: "/tmp", port: 5433, user: "app" }).hosts]
  expect(labelOf({ ...config, hosts })).toBe("[::1]:5432,/tmp:5433/app")
  expect(labelOf({ ...config, label: "mine" })).toBe("mine")
})

test.each([
  [{ host: "::1", port: 5433 }, "[::1]:5433: it is read-only"],
  [{ host: "/tmp", port: 5433 }, "/tmp/.s.PGSQL.5433: it is read-only"],
  [{}, "the label: it is read-only"],
])("the error of a session that does not match names %o", (info, message) => {
  const connection = { info: { label: "the label", ...info } as ConnectionInfo }
  expect(sessionError("it is read-only", connection as never).message).toBe(message)
})
