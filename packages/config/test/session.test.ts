import { expect, test } from "vitest"
import { type Io, resolveConnection } from "../src/index.ts"
import { rejectionOf } from "./support/failure.ts"

const io: Partial<Io> = { user: () => ({ name: "someone", home: undefined }) }
const resolve = (connection: string, env: Readonly<Record<string, string>> = {}) => resolveConnection({ connection, env, io })

test("user and database: the operating system's user, never $USER; the database is named after the user", async () => {
  const config = await resolve("host=h", { USER: "fake", USERNAME: "fake", LOGNAME: "fake" })
  expect(config).toMatchObject({ user: "someone", database: "someone" })
  expect(config.sources).toMatchObject({ user: "operating system user", dbname: "same as user" })
  expect(await resolve("host=h user=u dbname=''")).toMatchObject({ user: "u", database: "u" })
  const unknown = resolveConnection({ connection: "host=h", env: {}, io: { user: () => undefined } })
  expect((await rejectionOf(unknown)).message).toMatch(/^local user with ID \d+ does not exist\n.*\nhint: set user or PGUSER$/)
})

test("application_name, its fallback, options", async () => {
  expect((await resolve("host=h application_name=a fallback_application_name=b options='-c geqo=off'")).session).toEqual({
    applicationName: "a",
    options: "-c geqo=off",
    settings: {},
  })
  expect((await resolve("host=h fallback_application_name=b")).session).toEqual({ applicationName: "b", settings: {} })
  expect((await resolve("host=h application_name='' fallback_application_name=b")).session).toEqual({ settings: {} })
})

test("PGTZ, PGDATESTYLE and PGGEQO are startup settings; dates stay ISO, because values are parsed from them", async () => {
  expect((await resolve("host=h", { PGTZ: "Asia/Tokyo", PGDATESTYLE: "ISO, DMY", PGGEQO: "off" })).session.settings).toEqual({
    TimeZone: "Asia/Tokyo",
    DateStyle: "ISO, DMY",
    geqo: "off",
  })
  expect((await resolve("host=h", { PGTZ: "default", PGGEQO: "DEFAULT" })).session.settings).toEqual({})
  const german = await resolve("host=h", { PGDATESTYLE: "German" })
  expect(german.session.settings).toEqual({ DateStyle: "ISO, DMY" })
  expect(german.warnings.map(({ code }) => code)).toContain("DATESTYLE_IS_ISO")
})

test("deadline, keepalive, target_session_attrs, load_balance_hosts", async () => {
  expect(await resolve("host=h")).toMatchObject({
    connectTimeoutMs: undefined,
    keepAlive: { enabled: true, idleMs: undefined },
    targetSessionAttrs: "any",
    loadBalanceHosts: false,
    auth: { channelBinding: "prefer", requireAuth: undefined },
  })
  expect(
    await resolve(
      "host=h connect_timeout=3 keepalives=0 keepalives_idle=7 target_session_attrs=prefer-standby load_balance_hosts=random channel_binding=disable",
    ),
  ).toMatchObject({
    connectTimeoutMs: 3_000,
    keepAlive: { enabled: false, idleMs: 7_000 },
    targetSessionAttrs: "prefer-standby",
    loadBalanceHosts: true,
    auth: { channelBinding: "disable" },
  })
  for (const seconds of ["0", "-1"]) expect((await resolve(`host=h connect_timeout=${seconds}`)).connectTimeoutMs).toBeUndefined()
})

test("max_protocol_version limits the version that is asked for", async () => {
  const of = async (text: string) => (await resolve(`host=h ${text}`)).maxProtocolVersion
  expect([await of(""), await of("max_protocol_version=latest"), await of("max_protocol_version=3.2")]).toEqual([
    undefined,
    undefined,
    "3.2",
  ])
  const config = await resolve("host=h", { PGMAXPROTOCOLVERSION: "3.0" })
  expect([config.maxProtocolVersion, config.warnings.filter(({ code }) => code === "NO_EFFECT")]).toEqual(["3.0", []])
})

test("require_auth: a list to accept or a list to refuse", async () => {
  expect((await resolve("host=h require_auth=scram-sha-256,none")).auth.requireAuth).toEqual({
    kind: "allow",
    methods: ["scram-sha-256", "none"],
  })
  expect((await resolve("host=h require_auth=!password,!md5")).auth.requireAuth).toEqual({ kind: "deny", methods: ["password", "md5"] })
  for (const [value, message] of [
    ["md5,!none", 'negative require_auth method "!none" cannot be mixed with non-negative methods'],
    ["!md5,none", 'require_auth method "none" cannot be mixed with negative methods'],
    ["md5,md5", 'require_auth method "md5" is specified more than once'],
    ["kerberos", 'invalid require_auth value: "kerberos"'],
  ])
    expect((await rejectionOf(resolve(`host=h require_auth=${value}`))).message.split("\n")[0]).toBe(message)
})

test("a setting without effect is reported once, with its source; its default is not", async () => {
  const config = await resolve("host=h keepalives_count=3 sslcompression=0 krbsrvname=postgres client_encoding=UTF8", {
    PGGSSLIB: "gssapi",
  })
  expect(config.warnings.filter(({ code }) => code === "NO_EFFECT")).toEqual([
    { code: "NO_EFFECT", message: "keepalives_count has no effect (connection string): Node cannot set it" },
    { code: "NO_EFFECT", message: "gsslib has no effect (environment variable PGGSSLIB): GSSAPI is not supported" },
  ])
})

test("a variable that is set but empty is a value, and reported", async () => {
  const config = await resolve("host=h", { PGAPPNAME: "", PGPORT: "" })
  expect(config.hosts[0]!.port).toBe(5432)
  expect(config.warnings.filter(({ code }) => code === "EMPTY_VARIABLE").map(({ message }) => message)).toEqual([
    "PGPORT is set but empty, which is a value to libpq: unset it",
    "PGAPPNAME is set but empty, which is a value to libpq: unset it",
  ])
})

test("the result is deeply frozen", async () => {
  const config = await resolve("host=a,b port=1,2 require_auth=md5 options=x", { PGTZ: "UTC" })
  const seen = new Set<unknown>()
  const check = (value: unknown, path: string): void => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return
    seen.add(value)
    expect(Object.isFrozen(value), path).toBe(true)
    for (const [key, each] of Object.entries(value)) check(each, `${path}.${key}`)
  }
  check(config, "config")
  expect(seen.size).toBeGreaterThan(10)
  expect(() => (config.warnings as unknown[]).push({})).toThrow(TypeError)
})

test("unknown options and parameters that are not strings are refused", async () => {
  expect((await rejectionOf(resolveConnection({ conection: "x" } as object))).message).toBe(
    'unknown option of resolveConnection "conection"\nhint: did you mean "connection"?',
  )
  const text = "postgres://u:S3CRET@h/db"
  expect((await rejectionOf(resolveConnection(5 as never))).message).toContain(
    "option of resolveConnection: options are an object, not a number\nhint: known are connection, ",
  )
  expect((await rejectionOf(resolveConnection({ prompt: "x" as never }))).message).toBe("prompt must be a function")
  for (const [connection, message] of [
    [new URL(text), "a connection is a string or libpq parameters by keyword, not a URL object"],
    [new Map([["host", "h"]]), "a connection is a string or libpq parameters by keyword, not a list"],
    [null, "a connection is a string or libpq parameters by keyword, not null"],
    [5, "a connection is a string or libpq parameters by keyword, not a number"],
    [{ port: 5432 }, 'the value of "port" must be a string, as libpq stores it'],
    [{ prot: "5432" }, 'invalid connection option "prot"'],
    [{ user: "a\0" }, 'the value of "user" contains a zero byte'],
  ] as const)
    expect((await rejectionOf(resolveConnection({ connection: connection as never, env: {} }))).message.split("\n")[0]).toBe(message)
})
