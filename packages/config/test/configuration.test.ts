import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, test } from "vitest"
import { type ConfigurationManagerOptions, createConfigurationManager, explainConnection } from "../src/index.ts"
import { rejectionOf } from "./support/failure.ts"
import { passwordOf } from "./support/password-of.ts"
import { sandbox } from "./support/sandbox.ts"

/** A folder with these files; the search finds nothing above it, as it is in the temporary folder. */
function folder(files: Readonly<Record<string, unknown>>): string {
  const { directory } = sandbox()
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), typeof content === "string" ? content : JSON.stringify(content))
  }
  return directory
}

const read = (options: ConfigurationManagerOptions) => createConfigurationManager({ env: {}, ...options }).getConfiguration()
const refused = async (options: ConfigurationManagerOptions) => rejectionOf(read(options))

const URL = "postgres://u:pw@127.0.0.1/db"

describe("finding the file", () => {
  test("the first pgsd.config.* from the folder upwards", async () => {
    const cwd = folder({
      "pgsd.config.json": { databases: { outer: URL } },
      "a/b/file": "",
      "c/pgsd.config.json": { databases: { inner: URL } },
    })
    expect(await read({ cwd: join(cwd, "a/b") })).toMatchObject({ file: join(cwd, "pgsd.config.json"), databases: { outer: {} } })
    expect(await read({ cwd: join(cwd, "c") })).toMatchObject({ file: join(cwd, "c/pgsd.config.json"), databases: { inner: {} } })
    expect((await read({ cwd: join(cwd, "c"), file: false })).file).toBeUndefined()
    expect(await read({ cwd: join(cwd, "a"), file: "../c/pgsd.config.json" })).toMatchObject({ databases: { inner: {} } })
  })

  test.each(["json", "js", "mjs", "cjs", "ts", "mts"])("pgsd.config.%s", async (extension) => {
    const object = `{ databases: { source: "${URL}" } }`
    const typed = `const configuration: { databases: Record<string, string> } = ${object}\nexport default configuration`
    const content =
      { json: { databases: { source: URL } }, cjs: `module.exports = ${object}`, ts: typed, mts: typed }[extension] ??
      `export default ${object}`
    const cwd = folder({ [`pgsd.config.${extension}`]: content, "package.json": { type: "module" } })
    expect((await read({ cwd })).databases.source?.connection).toMatchObject({ user: "u", database: "db" })
  })

  test("an unusable file reports why, and never its content", async () => {
    for (const [name, content, message] of [
      ["pgsd.config.json", `{ "a": "S3CRET",\n  oops }`, "is not JSON"],
      ["pgsd.config.mjs", `throw new TypeError("S3CRET")`, "could not be loaded (TypeError)"],
      ["pgsd.config.mjs", `export const x = 1`, "has no default export"],
      ["pgsd.config.json", "\n", "is empty"],
    ] as const) {
      const cwd = folder({ [name]: content })
      const error = await refused({ cwd })
      expect(error).toMatchObject({ code: "PGSD_CONFIG_FILE", source: join(cwd, name) })
      expect(error.message).toContain(`configuration file "${join(cwd, name)}" ${message}`)
      expect(error.message).not.toContain("S3CRET")
    }
    const cwd = folder({ "settings.yaml": "a: 1", "pgsd.config.json/file": "" })
    expect((await refused({ cwd, file: "missing.json" })).message).toContain('missing.json" does not exist')
    expect((await refused({ cwd, file: "settings.yaml" })).message).toContain("has an unknown extension")
    expect((await refused({ cwd })).message).toContain("could not be read (EISDIR)")
    expect((await refused({ cwd: folder({ "pgsd.config.json": `{\n  "a": oops }` }) })).hint).toBe("look at line 2, column 8")
  })

  test("it is read once, and the same object is returned afterwards; a failure is not cached", async () => {
    const cwd = folder({ "pgsd.config.json": "{" })
    const manager = createConfigurationManager({ cwd, env: {} })
    await rejectionOf(manager.getConfiguration())
    writeFileSync(join(cwd, "pgsd.config.json"), JSON.stringify({ databases: { source: URL } }))
    const first = await manager.getConfiguration()
    writeFileSync(join(cwd, "pgsd.config.json"), "{")
    expect(await manager.getConfiguration()).toBe(first)
  })
})

describe("profiles", () => {
  test("development: a small pool; production: a sized pool and verified TLS; test: mocks", async () => {
    const of = (profile: string) => read({ cwd: folder({}), env: { PGSD_PROFILE: profile, PGSD_SOURCE_URL: "host=/tmp user=u" } })
    expect(await of("development")).toMatchObject({
      driver: "pg",
      databases: { source: { pool: { min: 0, max: 2, leakThresholdMs: 30_000 } } },
    })
    const production = await of("production")
    expect(production).toMatchObject({
      driver: "pg",
      databases: { source: { pool: { min: 2, max: 10 }, connection: { tls: { mode: "verify-full" } } } },
    })
    expect(production.databases.source!.connection!.sources.sslmode).toBe("profile production")
    expect(await of("test")).toMatchObject({ profile: "test", driver: "mock", databases: { source: { driver: "mock" } } })
    expect(await read({ cwd: folder({}) })).toMatchObject({ profile: "development", driver: "pg", databases: {} })
  })

  test("in production an unverified connection is reported, with the source of its setting", async () => {
    const { warnings } = await read({
      file: false,
      env: { PGSD_PROFILE: "production", PGSD_SOURCE_URL: "host=db.example.com user=u sslmode=require" },
    })
    expect(warnings).toContainEqual({
      code: "PRODUCTION_NOT_VERIFIED",
      message:
        'database "source": profile production, but environment variable PGSD_SOURCE_URL says sslmode=require, which does not verify the server\'s name',
    })
  })

  test("the test profile needs no connection; a database with one keeps it", async () => {
    const cwd = folder({
      "pgsd.config.json": {
        profile: "test",
        databases: { source: {}, target: URL, embedded: { driver: "pglite", connection: "memory:" } },
      },
    })
    const { databases } = await read({ cwd })
    expect(databases.source).toEqual({ name: "source", driver: "mock", pool: { min: 0, max: 2 } })
    expect(databases.target!.connection).toMatchObject({ user: "u" })
    expect(databases.embedded).toEqual({ name: "embedded", driver: "pglite", pool: { min: 0, max: 2 }, dataDirectory: "memory:" })
  })

  test("a file's profiles override its own settings, and may have any name", async () => {
    const cwd = folder({
      "pgsd.config.json": {
        profile: "staging",
        driver: "postgres",
        pool: { max: 5, idleTimeoutMs: "Infinity" },
        connection: { application_name: "file", connect_timeout: 3 },
        databases: { source: { connection: { host: "127.0.0.1", port: 1, user: "u" }, pool: { max: 7 } } },
        profiles: {
          staging: { pool: { min: 1 }, connection: { application_name: "staging" }, databases: { source: { connection: { port: 2 } } } },
        },
      },
    })
    const { profile, driver, databases } = await read({ cwd })
    expect({ profile, driver }).toEqual({ profile: "staging", driver: "postgres" })
    expect(databases.source!.pool).toEqual({ min: 1, max: 7, idleTimeoutMs: Number.POSITIVE_INFINITY })
    const connection = databases.source!.connection!
    expect(connection).toMatchObject({
      connectTimeoutMs: 3_000,
      session: { applicationName: "staging" },
      hosts: [{ name: "127.0.0.1", port: 2 }],
    })
    expect(connection.sources).toMatchObject({
      host: `file "${join(cwd, "pgsd.config.json")}", databases.source`,
      port: `file "${join(cwd, "pgsd.config.json")}", profile staging, databases.source`,
      application_name: `file "${join(cwd, "pgsd.config.json")}", profile staging`,
      connect_timeout: `file "${join(cwd, "pgsd.config.json")}"`,
    })
  })

  test("an undefined profile is refused with a suggestion", async () => {
    const error = await refused({ file: false, env: { PGSD_PROFILE: "prodution" } })
    expect(error).toMatchObject({
      code: "PGSD_CONFIG_NOT_FOUND",
      message: 'profile "prodution" is not defined\nsource: environment variable PGSD_PROFILE\nhint: did you mean "production"?',
    })
    expect((await refused({ file: false, overrides: { profile: "x" } })).hint).toBe("one of development, production, test")
  })
})

describe("layers: built-in profile, file, environment, overrides", () => {
  const file = { databases: { source: { connection: { host: "127.0.0.1", user: "file", dbname: "file" }, password: "file" } } }

  test("parameters override weaker layers; a string replaces them, including the password", async () => {
    const cwd = folder({ "pgsd.config.json": file })
    const source = async (options: ConfigurationManagerOptions) => (await read({ cwd, ...options })).databases.source!.connection!
    expect(await source({ overrides: { databases: { source: { connection: { dbname: "over" } } } } })).toMatchObject({
      user: "file",
      database: "over",
    })
    const replaced = await source({ env: { PGSD_SOURCE_URL: "host=/tmp user=env" } })
    expect(replaced).toMatchObject({ user: "env", database: "env" })
    expect(await passwordOf(replaced, replaced.hosts[0]!)).toBeUndefined()
    const both = await source({ env: { PGSD_SOURCE_URL: "host=/tmp user=env" }, overrides: { connection: { user: "cli", dbname: "" } } })
    expect(both).toMatchObject({ user: "cli" })
    expect(explainConnection(both).find(({ key }) => key === "user")).toMatchObject({ value: "cli", source: "override" })
    expect(explainConnection(both).find(({ key }) => key === "host")).toMatchObject({ source: "environment variable PGSD_SOURCE_URL" })
    const named = await source({
      overrides: { profile: "test", connection: { user: "cli" }, databases: { source: "host=/tmp dbname=arg" } },
      overrideSource: (setting) => ({ "databases.source": "--source", connection: "--username" })[setting] ?? "the program",
    })
    expect(named.sources).toMatchObject({ user: "--username", dbname: "--source" })
    // As with psql's own options, an empty string means "not given".
    expect(await source({ overrides: { databases: { source: "" } } })).toMatchObject({ user: "file" })
  })

  test("a variable defines any database; password and connection may be files", async () => {
    const cwd = folder({ url: `${URL}\n`, token: "from file\n" })
    const { databases } = await read({
      cwd,
      file: false,
      env: {
        PGSD_SOURCE_URL: "host=127.0.0.1 user=u",
        PGSD_SOURCE_PASSWORD: "variable",
        PGSD_TARGET_URL_FILE: join(cwd, "url"),
        PGSD_BILLING_REPORTS_URL: "host=127.0.0.1 user=u",
        PGSD_BILLING_REPORTS_PASSWORD_FILE: join(cwd, "token"),
        PGSD_TEST_DATABASE_URL: "the test kit's own",
      },
    })
    expect(Object.keys(databases).sort()).toEqual(["billing_reports", "source", "target"])
    const passwordOf = async (name: string) =>
      (await databases[name]!.connection!.password(databases[name]!.connection!.hosts[0]!))?.reveal()
    expect([await passwordOf("source"), await passwordOf("target"), await passwordOf("billing_reports")]).toEqual([
      "variable",
      "pw",
      "from file",
    ])
  })

  test("a variable refers to a database of the file even if its spelling differs", async () => {
    const cwd = folder({ "pgsd.config.json": { databases: { "billing-reports": { pool: { max: 3 } } } } })
    const { databases } = await read({ cwd, env: { PGSD_BILLING_REPORTS_URL: "host=127.0.0.1 user=u" } })
    expect(databases).toMatchObject({ "billing-reports": { pool: { max: 3 }, connection: { user: "u" } } })
  })

  test("a variable and its _FILE form are mutually exclusive; an empty variable is not a connection", async () => {
    expect((await refused({ file: false, env: { PGSD_SOURCE_URL: URL, PGSD_SOURCE_URL_FILE: "x" } })).message).toContain(
      "both PGSD_SOURCE_URL and PGSD_SOURCE_URL_FILE are set (but are exclusive)",
    )
    expect((await refused({ file: false, env: { PGSD_SOURCE_URL: " " } })).message.split("\n")).toEqual([
      "PGSD_SOURCE_URL is set but empty",
      "source: environment variable PGSD_SOURCE_URL",
      "hint: unset it, or give a connection string",
    ])
    expect((await refused({ file: false, env: { PGSD_SOURCE_URL_FILE: "/nonexistent" } })).message).toContain(
      "the file of PGSD_SOURCE_URL_FILE could not be read (No such file or directory)",
    )
  })

  test("the driver: overrides, PGSD_DRIVER, the file's profile, the built-in profile, the file, pg; a database may have its own", async () => {
    const cwd = folder({
      "pgsd.config.json": {
        driver: "postgres",
        databases: { source: URL, other: { connection: URL, driver: "pg" } },
        profiles: { test: { driver: "pglite" } },
      },
    })
    const driver = async (options: ConfigurationManagerOptions) => (await read({ cwd, ...options })).driver
    expect(await driver({})).toBe("postgres")
    expect(await driver({ env: { PGSD_DRIVER: "pg" } })).toBe("pg")
    expect(await driver({ env: { PGSD_DRIVER: "pg" }, overrides: { driver: "mock" } })).toBe("mock")
    expect(await driver({ overrides: { profile: "test" } })).toBe("pglite")
    expect((await read({ cwd })).databases).toMatchObject({ source: { driver: "postgres" }, other: { driver: "pg" } })
  })

  test("the problems of all databases are reported at once, each with its database", async () => {
    const error = await refused({
      file: false,
      env: { PGSD_SOURCE_URL: "host=h user=u sslmode=x", PGSD_TARGET_URL: "postgres://h/?schema=x" },
    })
    expect(error.issues.map(({ source }) => source)).toEqual([
      'database "source", environment variable PGSD_SOURCE_URL',
      'database "target", connection string, the name of a query parameter, character 15',
    ])
  })

  test("the result is frozen, and with env {} no variable of the process is used", async () => {
    const configuration = await read({ cwd: folder({ "pgsd.config.json": file }) })
    for (const each of [
      configuration,
      configuration.databases,
      configuration.databases.source,
      configuration.databases.source!.pool,
      configuration.warnings,
    ])
      expect(Object.isFrozen(each)).toBe(true)
    const poisoned = {
      PGHOST: "poison",
      PGUSER: "poison",
      PGPASSWORD: "poison",
      PGSSLMODE: "poison",
      PGSD_SOURCE_URL: "poison",
      PGSD_PROFILE: "poison",
    }
    Object.assign(process.env, poisoned)
    try {
      expect((await read({ cwd: folder({ "pgsd.config.json": file }) })).databases.source!.connection).toMatchObject({ user: "file" })
    } finally {
      for (const name of Object.keys(poisoned)) delete process.env[name]
    }
  })
})

describe("unknown names are refused with a suggestion", () => {
  test.each([
    [{ databses: {} }, 'unknown key "databses"', 'did you mean "databases"?', "databses"],
    [{ databases: { source: { pasword: "S3CRET" } } }, 'unknown key "pasword"', 'did you mean "password"?', "databases.source.pasword"],
    [{ pool: { maximum: 3 } }, 'unknown key "maximum"', undefined, "pool.maximum"],
    [{ pool: { idleTimeoutMS: 3 } }, 'unknown key "idleTimeoutMS"', 'did you mean "idleTimeoutMs"?', "pool.idleTimeoutMS"],
    [{ connection: { ssl_mode: "x" } }, 'unknown key "ssl_mode"', 'did you mean "sslmode"?', "connection.ssl_mode"],
    [{ connection: { schema: "x" } }, 'unknown key "schema"', "Prisma-only; use options=-c%20search_path%3Dx", "connection.schema"],
    [
      { profiles: { x: { databases: { source: { conection: "S3CRET" } } } } },
      'unknown key "conection"',
      'did you mean "connection"?',
      "profiles.x.databases.source.conection",
    ],
  ])("%j", async (content, message, hint, key) => {
    const cwd = folder({ "pgsd.config.json": content })
    const error = await refused({ cwd })
    expect(error).toMatchObject({ code: "PGSD_CONFIG_UNKNOWN_KEY", key })
    expect(error.message.split("\n")[0]).toBe(message)
    expect(error.source).toContain(`file "${join(cwd, "pgsd.config.json")}"`)
    if (hint !== undefined) expect(error.hint).toBe(hint)
    expect(error.message).not.toContain("S3CRET")
  })

  test("invalid values are reported by place and never repeated", async () => {
    const cwd = folder({
      "pgsd.config.json": {
        pool: { max: 0, reset: "S3CRET" },
        connection: { sslmode: "S3CRET", connect_timeout: 1.5 },
        databases: { a: 5, b: "", c: { password: { comand: ["S3CRET"] } } },
      },
    })
    const error = await refused({ cwd })
    expect(error.issues.map(({ key }) => key)).toEqual(
      expect.arrayContaining(["connection.sslmode", "connection.connect_timeout", "pool.max", "pool.reset", "databases.a", "databases.b"]),
    )
    expect(error.message).not.toContain("S3CRET")
    expect(error.issues.every(({ source }) => source?.startsWith(`file "${join(cwd, "pgsd.config.json")}", `))).toBe(true)
  })

  test("also in options and overrides, without the schema library", async () => {
    for (const [options, message, hint] of [
      [{ cdw: "/" }, 'unknown option of createConfigurationManager "cdw"', 'did you mean "cwd"?'],
      [
        "prod",
        "option of createConfigurationManager: options are an object, not a string",
        "known are cwd, env, overrides, overrideSource, file, envFiles, io",
      ],
      [{ file: 5 }, "file must be a path, or false for none", undefined],
      [{ overrideSource: "--source" }, "overrideSource must be a function", undefined],
      [{ overrides: { profil: "x" } }, 'unknown override "profil"', 'did you mean "profile"?'],
      [{ overrides: { pool: { maxx: 1 } } }, 'unknown pool setting "maxx"', 'did you mean "max"?'],
      [{ overrides: { databases: { source: { pasword: "x" } } } }, 'unknown setting of a database "pasword"', 'did you mean "password"?'],
      [{ overrides: { databases: { source: { pool: { mni: 1 } } } } }, 'unknown pool setting "mni"', 'did you mean "min"?'],
      [{ overrides: { databases: { source: 5 } } }, "databases.source must be a connection string or an object", undefined],
      [
        { overrides: { databases: { source: { connection: 5 } } } },
        "databases.source.connection must be a connection string or libpq parameters by keyword",
        undefined,
      ],
      [
        { overrides: { databases: { source: { connection: new globalThis.URL(URL) } } } },
        "databases.source.connection must be a connection string or libpq parameters by keyword",
        undefined,
      ],
      [{ overrides: { connection: "host=h" } }, "connection must be libpq parameters by keyword", undefined],
    ] as const) {
      const error = await rejectionOf((async () => createConfigurationManager(options as object).getConfiguration())())
      expect(error.message.split("\n")[0]).toBe(message)
      expect(error.hint).toBe(hint)
    }
  })
})
