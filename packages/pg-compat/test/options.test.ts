import { execFileSync } from "node:child_process"
import fs, { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import pg from "pg"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { connectionOf } from "../src/connection.ts"
import { Pool, type PoolConfig } from "../src/index.ts"
import { OPTIONS } from "../src/options.ts"
import { scene } from "./support/scene.ts"

const require = createRequire(import.meta.url)

/** The names of an interface, including inherited ones. */
function members(source: string, name: string): string[] {
  const [, base, body] = new RegExp(`export interface ${name}(?: extends (\\w+))? \\{([\\s\\S]*?)\\n\\}`).exec(source)!
  return [...(base === undefined ? [] : members(source, base)), ...[...body!.matchAll(/^ {4}(\w+)\??:/gm)].map((match) => match[1]!)]
}

describe("the table of options", () => {
  const declared = members(readFileSync(join(dirname(require.resolve("@types/pg/package.json")), "index.d.ts"), "utf8"), "PoolConfig")

  test("has every option of @types/pg and no other", () => {
    expect(Object.keys(OPTIONS).sort()).toEqual([...new Set(declared)].sort())
    expect(declared.length).toBeGreaterThan(30)
  })

  test("treats each in one way, and the README names it", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
    for (const [name, { becomes, refused }] of Object.entries(OPTIONS)) {
      expect(
        [becomes, refused].filter((each) => each !== undefined),
        name,
      ).toHaveLength(1)
      expect(readme, name).toContain(`\`${name}\``)
    }
  })

  test("takes numbers that are strings of digits, as pg does", async () => {
    const options = {
      max: "3",
      min: "0",
      idleTimeoutMillis: "1000",
      connectionTimeoutMillis: "500",
      maxLifetimeSeconds: "60",
      maxUses: "7",
    }
    const pool = new Pool({ host: "127.0.0.1", user: "u", ...(options as object) })
    expect(pool.pgsd.stats()).toMatchObject({ max: 3, min: 0 })
    expect(pool.options).toMatchObject({ max: 3, maxUses: 7, maxLifetimeSeconds: 60 })
    await pool.end()
    expect(() => new Pool({ max: "many" } as object)).toThrow("max must be an integer")
  })

  test.each([
    ["stream", { stream: () => undefined }],
    ["pipeline", { pipeline: true }],
    ["client_encoding", { client_encoding: "latin1" }],
    ["binary", { binary: true }],
    ["replication", { replication: "database" }],
    ["Client", { Client: class {} }],
    ["ssl.checkServerIdentity", { ssl: { checkServerIdentity: () => undefined } }],
    ["ssl.servername", { host: "db.example.com", ssl: { servername: "other.example.com" } }],
  ])("%s is refused by name, with the reason", (name, options) => {
    expect(() => new Pool(options as PoolConfig)).toThrow(
      expect.objectContaining({ code: "PGSD_UNSUPPORTED", message: expect.stringMatching(new RegExp(`${name.replace(".", "\\.")}"?: .`)) }),
    )
  })

  test("values equal to the default are accepted, and options unknown to pg are ignored, as in pg", () => {
    new Pool({ pipeline: false, client_encoding: "UTF8", Client: pg.Client, dialect: "postgres" } as PoolConfig)
  })

  test("contradictory options are refused", () => {
    expect(() => new Pool({ strict: "yes" as never })).toThrow(/strict must be true or false/)
    expect(() => new Pool({ connection: { host: "h", user: "u" }, open: () => Promise.reject() })).toThrow(/mutually exclusive/)
  })
})

describe("the address is what pg would use", () => {
  const of = (options: PoolConfig) => connectionOf({ user: "app", ...options })

  test("connection strings, parts, startup settings", async () => {
    const config = of({ connectionString: "postgres://u:p%40ss@db.example.com:6000/shop?application_name=web", statement_timeout: 1_500 })
    expect(config).toMatchObject({
      hosts: [{ kind: "tcp", name: "db.example.com", port: 6000 }],
      user: "u",
      database: "shop",
      session: { applicationName: "web", settings: { statement_timeout: "1500" } },
      tls: { methods: ["plain"] },
    })
    expect((await config.password(config.hosts[0]!))?.reveal()).toBe("p@ss")
    expect(of({ host: "/run/postgresql" }).hosts[0]).toMatchObject({ kind: "unix", directory: "/run/postgresql" })
  })

  test("a password function is called, and must return a string", async () => {
    const asked = of({ password: async () => "secret" })
    expect((await asked.password(asked.hosts[0]!))?.reveal()).toBe("secret")
    const wrong = of({ password: (() => 42) as never })
    await expect(wrong.password(wrong.hosts[0]!)).rejects.toThrow("Password must be a string")
  })

  test.each<[string, PoolConfig["ssl"], object]>([
    [
      "true verifies chain and name against Node's roots",
      true,
      { methods: ["tls"], verify: "full", roots: { from: "the trusted roots of Node" } },
    ],
    ["an empty object does so, too", {}, { methods: ["tls"], verify: "full" }],
    ["rejectUnauthorized: false only encrypts", { rejectUnauthorized: false }, { methods: ["tls"], verify: "none" }],
    ["ca replaces the roots", { ca: Buffer.from("PEM") }, { verify: "full", roots: { pem: ["PEM"] } }],
    ["false is plain", false, { methods: ["plain"], verify: "none" }],
  ])("ssl: %s", (_name, ssl, tls) => {
    expect(of({ host: "db.example.com", ssl }).tls).toMatchObject(tls)
  })

  test("ssl.servername beside an address is the name that is verified", () => {
    expect(of({ host: "10.0.0.1", ssl: { servername: "db.example.com" } }).hosts[0]).toMatchObject({
      name: "db.example.com",
      address: "10.0.0.1",
    })
  })

  test("ssl.servername beside a connection string whose host is another name is refused, not ignored", () => {
    const ssl = { servername: "other.example.com" }
    const refused = expect.objectContaining({ code: "PGSD_UNSUPPORTED", message: expect.stringContaining("ssl.servername") }) as Error
    expect(() => of({ connectionString: "postgres://u@db.example.com/d", ssl })).toThrow(refused)
    expect(of({ connectionString: "postgres://u@10.0.0.1/d", ssl }).hosts[0]).toMatchObject({ name: ssl.servername, address: "10.0.0.1" })
  })

  test.skipIf(process.platform === "win32")(
    "a certificate file of a connection string that is a device, a pipe or too large is refused",
    () => {
      const folder = mkdtempSync(join(tmpdir(), "pgsd-compat-"))
      onTestFinished(() => rmSync(folder, { recursive: true }))
      const [pipe, huge] = [join(folder, "pipe"), join(folder, "huge")]
      execFileSync("mkfifo", [pipe])
      writeFileSync(huge, "")
      truncateSync(huge, 2 ** 32)
      for (const name of ["sslrootcert", "sslcert", "sslkey"])
        for (const path of ["/dev/zero", pipe, huge])
          expect(() => of({ connectionString: `postgres://u@h/d?sslmode=require&${name}=${encodeURIComponent(path)}` }), path).toThrow(
            expect.objectContaining({ code: "PGSD_INVALID_OPTION", message: expect.stringContaining(name) }) as Error,
          )
      expect(() => of({ connectionString: "postgres://u@h/d?sslrootcert=/missing" })).toThrow("ENOENT")
    },
  )

  test("a connection string with its own verification mode (uselibpqcompat) verifies the chain", () => {
    const file = new URL("./options.test.ts", import.meta.url).pathname
    const { tls } = of({ connectionString: `postgres://u@h/d?uselibpqcompat=true&sslmode=verify-ca&sslrootcert=${file}` })
    expect(tls).toMatchObject({ verify: "ca", methods: ["tls"] })
  })
})

describe("over a server", () => {
  const at = scene()

  test("types, query_timeout, statement_timeout, application_name and options take effect", async () => {
    const types = { getTypeParser: () => (value: string) => `<${value}>` }
    const pool = at.pool({
      types: types as never,
      application_name: "named",
      options: "-c geqo=off",
      statement_timeout: 60_000,
      query_timeout: 5_000,
    })
    const { rows } = await pool.query(
      "SELECT 1 AS a, current_setting('application_name') AS b, current_setting('geqo') AS c, current_setting('statement_timeout') AS d",
    )
    expect(rows).toEqual([{ a: "<1>", b: "<named>", c: "<off>", d: "<1min>" }])
    const impatient = at.pool({ query_timeout: 50 })
    await expect(impatient.query("SELECT pg_sleep(0.3)")).rejects.toThrow("Query read timeout")
  })

  test("a connection string is parsed once, not per client: its query_timeout applies, its certificates are files", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "pgsd-compat-")), "roots.pem")
    onTestFinished(() => rmSync(dirname(file), { recursive: true }))
    writeFileSync(file, "")
    const url = new URL(at.server.url())
    for (const [name, value] of Object.entries({ sslmode: "disable", sslrootcert: file, query_timeout: "50" }))
      url.searchParams.set(name, value)
    const pool = at.pool({ connectionString: url.href, max: 3 })
    const reads = vi.spyOn(fs, "readFileSync")
    onTestFinished(() => reads.mockRestore())
    const clients = await Promise.all([1, 2, 3].map(() => pool.connect()))
    expect(reads.mock.calls.filter(([path]) => path === file)).toHaveLength(1)
    for (const client of clients) await expect(client.query("SELECT pg_sleep(0.3)")).rejects.toThrow("Query read timeout")
    for (const client of clients) client.release(true)
  })

  test("a custom subclass of pg.Client is the class of the clients", async () => {
    class Mine extends pg.Client {
      readonly mine = true
    }
    const client = await at.pool({ Client: Mine as never }).connect()
    expect(client).toBeInstanceOf(Mine)
    expect((client as unknown as Mine).mine).toBe(true)
    client.release()
  })

  test("the Promise option is the class of returned promises", async () => {
    class Mine<T> extends Promise<T> {}
    const pool = at.pool({ Promise: Mine })
    const query = pool.query("SELECT 1")
    expect(query).toBeInstanceOf(Mine)
    await query
    expect(pool.end()).toBeInstanceOf(Mine)
  })
})
