import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PGlite } from "@electric-sql/pglite"
import { pgDriver } from "@pgsd/driver-pg"
import { faultProxy } from "@pgsd/testing/proxy"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { run } from "../src/cli/run.ts"
import { DATABASE, type DemoServers, READER } from "../src/demo/servers.ts"
import { runCommand, startCommand } from "./support/command.ts"
import { violationsOf } from "./support/json-schema.ts"
import { startShopServers } from "./support/shop-servers.ts"
import { recordingTerminal } from "./support/terminal.ts"
import { until } from "./support/until.ts"

let servers: DemoServers
let folder: string

beforeAll(async () => {
  servers = await startShopServers()
  folder = await mkdtemp(join(tmpdir(), "pgsd-cli-"))
})
afterAll(async () => {
  await servers[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

describe("as a program", () => {
  test("diff prints the differences to standard output, nothing to standard error, and exits 1", async () => {
    const { exitCode, stdout, stderr } = await runCommand(["diff"], { env: environment() })
    expect(stderr).toBe("")
    expect(stdout).toContain("+ table coupons")
    expect(stdout).toContain("~ column price  type  numeric(8,2) → numeric(10,2)")
    expect(stdout).toContain("15 differences: 1 table and 1 constraint only in source")
    expect(stdout).not.toContain("sold_out")
    expect(exitCode).toBe(1)
  })

  test("diff prints the same bytes with either driver, as text and as JSON", async () => {
    for (const form of [[], ["--format", "json"]]) {
      const [pg, postgres] = await Promise.all(
        ["pg", "postgres"].map((driver) => runCommand(["diff", "--driver", driver, ...form], { env: environment() })),
      )
      expect(pg?.stdout).not.toBe("")
      expect(postgres).toEqual(pg)
    }
  })

  test("verify is the same with either driver except for the times", async () => {
    const env = { ...environment(), PGSD_TARGET_URL: servers.urls.target.replace(/\?.*/, "?sslmode=disable") }
    const [pg, postgres] = await Promise.all(["pg", "postgres"].map((driver) => runCommand(["verify", "--driver", driver], { env })))
    expect(pg?.exitCode).toBe(0)
    expect(withoutTimes(postgres!.stdout)).toBe(withoutTimes(pg!.stdout))
    expect(pg?.stdout).toContain('REVOKE CREATE ON SCHEMA "public" FROM PUBLIC;')
  })

  test("colours are used on terminals, and when forced", async () => {
    const env = environment()
    const forced = await runCommand(["diff"], { env: { ...env, FORCE_COLOR: "1" } })
    expect(forced.stdout).toContain("\u001b[32m+ table coupons\u001b[39m")
    const refused = await runCommand(["diff"], { env: { ...env, FORCE_COLOR: "0" } })
    expect(refused.stdout).not.toContain("\u001b[")
  })

  test("a configuration file in the folder is found, and the environment overrides it", async () => {
    const { source, target, password } = servers
    const file = { databases: { source: "postgresql://nobody@127.0.0.1:1/none", target: servers.urls.target } }
    await writeFile(join(folder, "pgsd.config.json"), JSON.stringify(file))
    const env = { PGPASSWORD: password, PGSD_SOURCE_URL: servers.urls.source }
    const { exitCode, stdout } = await runCommand(["diff"], { cwd: folder, env })
    expect(exitCode).toBe(1)
    expect(stdout).toContain(`source  ${DATABASE} at 127.0.0.1:${source.port}, PostgreSQL ${source.version}`)
    expect(stdout).toContain(`target  ${DATABASE} at 127.0.0.1:${target.port}, PostgreSQL ${target.version}`)
  })

  test("Ctrl-C while waiting for a lock ends it at once, and the statement on the server as well", async () => {
    const { source } = servers
    const owner = await pgDriver().connect(source.target({ database: DATABASE }))
    await owner.query("BEGIN; LOCK TABLE shop.orders IN ACCESS EXCLUSIVE MODE")
    const waiting = () => source.sql("SELECT pid FROM pg_locks WHERE NOT granted")
    const { child, finished } = startCommand(["diff"], { env: environment() })
    await until(async () => (await waiting()).length > 0)
    child.kill("SIGINT")
    expect(await finished).toMatchObject({ exitCode: 130, stdout: "", stderr: "" })
    await until(async () => (await waiting()).length === 0)
    expect(source.logs()).toContain("canceling statement due to user request")
    expect(source.logs()).not.toContain("canceling statement due to lock timeout")
    await owner.close()
  })
})

describe("watch", () => {
  test("prints the address of a page, generates read-only load, and ends with Ctrl-C", async () => {
    const { source } = servers
    const written = async () =>
      (
        await source.sql(
          "SELECT tup_inserted + tup_updated + tup_deleted AS written FROM pg_stat_database WHERE datname = current_database()",
          { database: DATABASE },
        )
      )[0]
    const before = await written()
    const { child, shows, stdout, finished } = startCommand(["watch", "--load", "3"], { env: environment() })
    await shows(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/\n$/)
    const page = await fetch(stdout().trim())
    expect(await page.text()).toContain("<title>pgsd watch")
    const callers = "SELECT count(*)::int AS callers FROM pg_stat_activity WHERE application_name = 'pgsd'"
    await until(async () => Number((await source.sql(callers))[0]?.callers) > 1)
    child.kill("SIGINT")
    expect(await finished).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^http[^\n]+\n$/) })
    expect((await finished).stderr).toContain("watching source and target, each with 3 callers that read")
    await until(async () => Number((await source.sql(callers))[0]?.callers) === 0)
    expect((await written())?.written).toEqual(before?.written)
  })

  test("continues when a server is down, which the page shows", async () => {
    const { child, shows, stdout, finished } = startCommand(["watch"], { env: { PGSD_SOURCE_URL: "postgresql://nobody@127.0.0.1:1/none" } })
    await shows(/http/)
    const events = await fetch(new URL("events", stdout().trim()), { signal: AbortSignal.timeout(20_000) })
    let text = ""
    for await (const part of events.body!.pipeThrough(new TextDecoderStream())) {
      text += part
      if (text.includes("ECONNREFUSED")) break
    }
    expect(text).toContain("ECONNREFUSED")
    child.kill("SIGTERM")
    expect(await finished).toMatchObject({ exitCode: 0 })
  })

  test("refuses an invalid port and an invalid load", async () => {
    expect((await command("watch", "--port", "70000", ...sides())).stderr).toContain("a number from 1 to 65535")
    expect((await command("watch", "--load", "many", ...sides())).stderr).toContain("a number from 1 to 1000")
    expect(await command("watch")).toMatchObject({ exitCode: 2, stdout: "" })
  })
})

describe("in one process", () => {
  test("a database is equal to itself: exit 0, and a warning that both sides are the same", async () => {
    const both = servers.source.url({ database: DATABASE })
    const { exitCode, stdout, stderr } = await command("diff", "-s", both, "-t", both)
    expect(exitCode).toBe(0)
    expect(stdout).toContain("No differences: 2 schemas, 1 enum, 5 tables, 2 views")
    expect(stderr).toContain("source and target are the same database")
    expect(stderr).toContain("--source has a password in it")
  })

  test("JSON is one document with the same content", async () => {
    const { stdout } = await command("diff", "--format", "json", ...sides())
    const document = JSON.parse(stdout)
    expect(document).toMatchObject({ format: 1, equal: false })
    expect(document.differences).toHaveLength(15)
  })

  test("only the selected schema is compared, and a missing one is refused", async () => {
    expect((await command("diff", "-n", "public", ...sides())).stdout).toContain("No differences: 1 schema compared.")
    const unknown = await command("diff", "-n", "shoop", ...sides())
    expect(unknown).toMatchObject({ exitCode: 2, stdout: "" })
    expect(unknown.stderr).toContain('neither source nor target has a schema "shoop"')
  })

  test("kinds can be selected, and pg_dump's options have the same meaning", async () => {
    expect((await command("diff", "--only", "enum", ...sides())).stdout).toContain("1 difference: 1 enum changed.")
    expect((await command("diff", "--except", "table,view,function,enum", ...sides())).stdout).toContain("No differences: ")
    const owner = (password: string) => servers.source.sql(`ALTER TABLE shop.products OWNER TO ${password}`, { database: DATABASE })
    await owner(READER)
    try {
      expect((await command("diff", ...sides())).stdout).toMatch(/~ owner {2,}pgsd_reader → postgres/)
      expect((await command("diff", "--no-owner", ...sides())).stdout).not.toContain("owner")
    } finally {
      await owner("postgres")
    }
  })

  test("a schema may have another name in the target", async () => {
    await servers.target.sql("CREATE SCHEMA outlet; CREATE TABLE outlet.t (a int DEFAULT 1, b int REFERENCES shop.products)", {
      database: DATABASE,
    })
    await servers.source.sql(
      "CREATE SCHEMA store; CREATE SCHEMA spare; CREATE TABLE store.t (a int DEFAULT 1, b int REFERENCES shop.products)",
      { database: DATABASE },
    )
    try {
      const mapped = await command("diff", "--map-schema", "store=outlet", "-n", "store", ...sides())
      expect(mapped).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("No differences: 1 schema, 1 table") })
      const twice = await command("diff", "--map-schema", "store=shop", ...sides())
      expect(twice).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/of the source would both be\s+"shop"/) })
      expect((await command("diff", "--map-schema", "stoor=shop", ...sides())).stderr).toContain(
        'the source does not have a schema "stoor"',
      )
      const without = await command("diff", "-N", "spare", "-N", "store", "-N", "outlet", ...sides())
      expect(without.stdout).not.toMatch(/spare|store|outlet/)
    } finally {
      await servers.target.sql("DROP SCHEMA outlet CASCADE", { database: DATABASE })
      await servers.source.sql("DROP SCHEMA store CASCADE; DROP SCHEMA spare", { database: DATABASE })
    }
  })

  test("--strict: anything not compared is exit code 1", async () => {
    const both = servers.source.url({ database: DATABASE })
    const withBoth = ["-s", both, "-t", both]
    expect((await command("diff", "--strict", ...withBoth)).exitCode).toBe(0)
    await servers.source.sql("CREATE FUNCTION pg_catalog.extra() RETURNS int LANGUAGE sql AS 'SELECT 1'", { database: DATABASE })
    try {
      expect((await command("diff", ...withBoth)).exitCode).toBe(0)
      const { exitCode, stdout } = await command("diff", "--strict", ...withBoth)
      expect(exitCode).toBe(1)
      expect(stdout).toContain("Not compared: objects in schemas of the system (1 in source, 1 in target).")
    } finally {
      await servers.source.sql("DROP FUNCTION pg_catalog.extra()", { database: DATABASE })
    }
  })

  test("verify fails a check with exit 1 and the statement that fixes it", async () => {
    const { exitCode, stdout } = await command("verify", "--require-select", ...sides())
    expect(exitCode).toBe(1)
    expect(stdout).toContain(`✗ role "${READER}" has no USAGE on schema "shop"`)
    expect(stdout).toContain(`GRANT USAGE ON SCHEMA "shop" TO "${READER}";`)
    expect(stdout).toContain("not fit for a comparison: 2 failed")
  })

  test("verify reports one side when only one is given", async () => {
    const { exitCode, stdout } = await command("verify", "-t", targetUrl(), "--format", "json")
    expect(exitCode).toBe(0)
    expect(violationsOf("verify-1")(JSON.parse(stdout))).toEqual([])
    const { databases } = JSON.parse(stdout)
    expect(Object.keys(databases)).toEqual(["target"])
    expect(databases.target).toMatchObject({
      ok: true,
      connection: { user: READER, tlsVerified: "full" },
      version: { major: servers.target.version },
    })
  })

  test("the published schema describes verify --format json of a reader, of a superuser with excess privileges, and of an unreachable server", async () => {
    const violations = violationsOf("verify-1")
    const superuser = servers.target.url({ database: DATABASE })
    const asked = [
      [0, "-s", sourceUrl(), "-t", superuser],
      [1, "-s", sourceUrl(), "-t", superuser, "--require-select", "--require-least-privilege", "-n", "shop", "-n", "nowhere"],
      [2, "-t", targetUrl().replace(/:\d+\//, ":1/")],
    ] as const
    for (const [expected, ...args] of asked) {
      const { exitCode, stdout } = await command("verify", ...args, "--format", "json")
      const document = JSON.parse(stdout)
      expect(exitCode).toBe(expected)
      expect(violations(document)).toEqual([])
      expect(violations({ ...document, ok: undefined })).not.toEqual([])
      const [name, report] = Object.entries(document.databases)[0]!
      expect(violations({ ...document, databases: { [name]: { ...(report as object), findings: {} } } })).not.toEqual([])
    }
  })

  test.each([
    ["a wrong password", () => withPassword("wr0ng"), "PGSD_AUTH_FAILED"],
    ["a wrong port", () => targetUrl().replace(/:\d+\//, ":1/"), "PGSD_CONNECTION_REFUSED"],
    ["a missing database", () => targetUrl().replace(`/${DATABASE}?`, "/nowhere?"), "PGSD_DATABASE_NOT_FOUND"],
    [
      "a name that the certificate lacks",
      () => `${targetUrl().replace("127.0.0.1", "db.example.com")}&hostaddr=127.0.0.1`,
      "PGSD_TLS_HOSTNAME",
    ],
    ["no TLS on the server", () => `${sourceUrl()}?sslmode=require`, "PGSD_TLS_"],
  ])("%s is one clear error with code and place, exit 2, no stack, no password", async (_, url, code) => {
    for (const name of ["diff", "verify"]) {
      const { exitCode, stdout, stderr } = await command(name, "-s", sourceUrl(), "-t", url())
      const text = `${stdout}${stderr}`
      expect(exitCode).toBe(2)
      expect(text).toContain(code)
      expect(text).toMatch(/target \((127\.0\.0\.1|db\.example\.com):\d+\)/)
      expect(text).not.toContain("    at ")
      expect(text).not.toContain("wr0ng")
      expect(text).not.toContain(servers.password)
    }
  })

  test("an error names the option that was wrong, not what it was parsed into", async () => {
    expect((await command("diff", "-s", sourceUrl(), "-t", withPassword("wr0ng"))).stderr).toMatch(/password retrieved\s+from --target/)
    const profile = await command("explain", "-p", "prod", "-s", "host=h")
    expect(profile.stderr).toContain('profile "prod" is not defined\n      source: --profile\n')
    const service = await command("explain", "-s", "service=nowhere")
    expect(service.stderr).toContain('source: database "source", --source\n')
  })

  test("an unreachable server is tried once, as in psql, and no longer than connect_timeout", async () => {
    await using proxy = await faultProxy({ host: "127.0.0.1", port: servers.target.port })
    proxy.acceptThenClose()
    const url = `postgresql://reader@127.0.0.1:${proxy.port}/app?sslmode=disable`
    expect((await command("diff", "-s", url, "-t", targetUrl())).exitCode).toBe(2)
    expect(proxy.accepted).toBe(1)
  })

  test("both sides are reported when both cannot be reached", async () => {
    const nowhere = "postgresql://reader@127.0.0.1:1/app?sslmode=disable"
    const { exitCode, stdout, stderr } = await command("diff", "-s", nowhere, "-t", nowhere)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" })
    expect(stderr).toMatch(/pgsd: source .*pgsd: target /s)
  })

  test("both sides are reported when both are reached and unsuitable", async () => {
    const { source } = servers
    await source.sql("CREATE ROLE blind LOGIN PASSWORD 'blind'; REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC", { database: DATABASE })
    try {
      const url = source.url({ user: "blind", password: "blind", database: DATABASE })
      const { exitCode, stdout, stderr } = await command("diff", "-s", url, "-t", url)
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" })
      expect(stderr.match(/permission denied for table pg_class/g)).toHaveLength(2)
      expect(stderr).toMatch(/pgsd: source: .*pgsd: target: /s)
    } finally {
      await source.sql("GRANT SELECT ON pg_catalog.pg_class TO PUBLIC; DROP ROLE blind", { database: DATABASE })
    }
  })

  test("explain prints the source of each setting, without the password, and connects to nothing", async () => {
    const { exitCode, stdout } = await command("explain", "-s", "postgresql://me:s3cret@db.example.com/app?sslmode=require")
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/password +\[secret\] +--source\n/)
    expect(stdout).toMatch(/→ host +db\.example\.com:5432 +--source\n/)
    expect(stdout).toMatch(/fallback_application_name +pgsd +pgsd\n/)
    expect(stdout).toMatch(/and \d+ defaults, which --all shows/)
    expect(stdout).not.toContain("s3cret")
    const all = await command("explain", "--format", "json", "-s", "host=db.example.com")
    expect(JSON.parse(all.stdout).databases[0].settings).toContainEqual({ key: "port", value: "5432", source: "default" })
  })

  test("profile test runs every command on mocks, without a connection", async () => {
    const sides = ["-p", "test", "-s", "postgresql://a@db.example.com/app", "-t", "memory:"]
    const verified = await command("verify", ...sides)
    expect(verified).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/PostgreSQL 18.*fit for a comparison.*fit for a comparison/s),
    })
    expect(await command("diff", ...sides)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("No differences: nothing compared."),
    })
    expect(await command("doctor", ...sides.slice(0, 4))).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("fit for this pool"),
    })
  })

  test("an unknown driver is refused by name", async () => {
    const file = join(folder, "driver.json")
    await writeFile(file, JSON.stringify({ driver: "mysql", databases: { source: "host=a", target: "host=b" } }))
    const { exitCode, stderr } = await command("diff", "-c", file)
    expect(exitCode).toBe(2)
    expect(stderr).toContain('database "source": there is no driver "mysql" here')
  })

  test("an embedded database needs no server: a folder compared with memory", async () => {
    const data = join(folder, "embedded")
    const database = await PGlite.create({ dataDir: data })
    await database.exec("CREATE TABLE kept (id int PRIMARY KEY)")
    await database.close()
    const { exitCode, stdout } = await command("diff", "-d", "pglite", "-s", data, "-t", "memory:")
    expect(exitCode).toBe(1)
    expect(stdout).toContain("− table kept\n      id  integer not null\n")
  }, 120_000)

  test.each([
    [["diff", "--sorce", "x"], "Did you mean --source?"],
    [["dif"], "Did you mean diff?"],
    [["diff", "--only", "tabel"], 'There is no kind "tabel". Kinds: database, '],
    [["diff", "--map-schema", "a"], "It is source=target"],
    [["diff", "--map-schema", "a=b", "--map-schema", "a=c"], 'Schema "a" is given twice.'],
    [["diff", "--driver", "mysql"], "Allowed choices are pg, postgres, pglite, mock."],
    [["diff", "--config", "/nowhere/pgsd.config.json"], "does not exist"],
    [["diff", "-s", "postgresql://a@b/c"], "there is no target: neither --target nor PGSD_TARGET_URL is given"],
    [["diff", "-d", "pglite", "-s", "/no/where", "-t", "memory:"], 'database "source": there is no PGlite database in "/no/where"'],
    [["diff", "-d", "pglite", "-s", "/no/where", "-t", "/no/../no/where"], 'two databases cannot be opened in one folder: "/no/where"'],
    [["diff", "postgresql://a@b/c", "postgresql://a@b/d"], "--source and --target name the databases"],
    [
      ["diff", "-s", "memory:", "-t", "memory:"],
      'database "source": "memory:" is an embedded database, and the driver is "pg"\n      → --driver pglite',
    ],
    [["diff", "-s", "host=a", "-t", "host=b", "--schema", ""], "option '-n, --schema <name>' argument '' is invalid. A schema has a name."],
    [["verify"], "there is nothing to verify"],
    [["explain"], "there is nothing to explain"],
    [["postgresql://me:s3c@ret@db/app"], "unknown command 'postgresql://me:[secret]@db/app'"],
  ])("wrong usage, %j: exit 2 and the next step", async (args, text) => {
    const { exitCode, stdout, stderr } = await command(...args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" })
    expect(stderr).toContain(text)
    expect(stderr).not.toContain("ret@")
  })

  test("--version is the version in package.json", async () => {
    const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"))
    expect(await command("--version")).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: "" })
  })

  test("--help is a success: exit 0, with the exit codes", async () => {
    const { exitCode, stdout } = await command("--help")
    expect(exitCode).toBe(0)
    expect(stdout).toContain("130, 143  interrupted (SIGINT, SIGTERM)")
  })
})

async function command(...args: string[]) {
  const terminal = recordingTerminal()
  const exitCode = await run(args, terminal)
  return { exitCode, stdout: terminal.stdout(), stderr: terminal.stderr() }
}

function environment(): Record<string, string> {
  return { PGSD_SOURCE_URL: servers.urls.source, PGSD_TARGET_URL: servers.urls.target, PGPASSWORD: servers.password }
}

function sides(): string[] {
  return ["-s", sourceUrl(), "-t", targetUrl()]
}

function sourceUrl(): string {
  return servers.urls.source.replace(`${READER}@`, `${READER}:${servers.password}@`)
}

function targetUrl(): string {
  return withPassword(servers.password)
}

function withPassword(password: string): string {
  return servers.urls.target.replace(`${READER}@`, `${READER}:${password}@`)
}

function withoutTimes(text: string): string {
  return text.replaceAll(/[\d.]+ ms/g, "… ms")
}
