import { readFileSync } from "node:fs"
import { secret } from "@pgsd/driver"
import { describe, expect, test, vi } from "vitest"
import { type PasswordInput, type ResolveOptions, resolveConnection } from "../src/index.ts"
import { systemIo } from "../src/io.ts"
import { rejectionOf } from "./support/failure.ts"
import { passwordOf } from "./support/password-of.ts"
import { sandbox } from "./support/sandbox.ts"

const base: ResolveOptions = { connection: "host=h user=u dbname=d", env: { HOME: "/nonexistent" } }

async function ask(options: ResolveOptions) {
  const config = await resolveConnection(options)
  const host = config.hosts[0]!
  return { password: await passwordOf(config, host), ...config.passwordReport!(host) }
}

const command = (script: string, more: object = {}): PasswordInput => ({ command: [process.execPath, "-e", script], ...more })

describe("precedence: the database's own password, libpq's layers, PGPASSWORD_FILE, the password file, the prompt", () => {
  const box = () => sandbox({ ".pgpass": { content: "h:5432:d:u:from file\n", mode: "0600" }, secret: { content: "from secret\n" } })

  test("each source is used when those before it have none", async () => {
    const { directory } = box()
    const everything: ResolveOptions = {
      ...base,
      env: { HOME: directory, PGPASSWORD: "from variable" },
      password: "given",
      prompt: () => "prompted",
    }
    expect((await ask(everything)).password).toBe("given")
    expect(await ask({ ...everything, password: undefined })).toMatchObject({
      password: "from variable",
      from: "environment variable PGPASSWORD",
    })
    expect(await ask({ ...everything, password: undefined, connection: "host=h user=u dbname=d password=here" })).toMatchObject({
      password: "here",
      from: "connection string",
    })
    expect(await ask({ ...everything, password: undefined, env: { HOME: directory } })).toMatchObject({
      password: "from file",
      from: `file "${directory}/.pgpass"`,
    })
    expect(
      await ask({ ...everything, password: undefined, envFiles: true, env: { HOME: directory, PGPASSWORD_FILE: `${directory}/secret` } }),
    ).toMatchObject({ password: "from secret", from: `file "${directory}/secret" (PGPASSWORD_FILE)` })
    expect(await ask({ ...everything, password: undefined, env: {}, connection: "host=other user=u" })).toMatchObject({
      password: "prompted",
      from: "prompt",
    })
  })

  test("an empty password hides PGPASSWORD but not the password file, as in libpq", async () => {
    const { directory } = box()
    const env = { HOME: directory, PGPASSWORD: "hidden" }
    expect((await ask({ ...base, connection: "host=h user=u dbname=d password=''", env })).password).toBe("from file")
    expect((await ask({ ...base, env: { HOME: directory, PGPASSWORD: "" } })).password).toBe("from file")
  })

  test("without any password the error lists every source in order, with the reason", async () => {
    const { directory } = box()
    const report = await ask({
      ...base,
      connection: "host=h user=u dbname=x",
      env: { HOME: directory },
      password: { env: "TOKEN" },
      prompt: () => undefined,
    })
    expect(report).toEqual({
      password: undefined,
      tried: [
        "environment variable TOKEN (not set)",
        "environment variable PGPASSWORD (not set)",
        `file "${directory}/.pgpass" (no line for this host, port, database and user)`,
        "prompt (gave none)",
      ],
    })
    const absent = await ask({ ...base, env: { HOME: "/nonexistent", PGPASSWORD: "" } })
    expect(absent.tried).toEqual(["environment variable PGPASSWORD (set but empty) (empty)", 'file "/nonexistent/.pgpass" (not found)'])
  })

  test("PGPASSWORD_FILE is used only on request, and excludes PGPASSWORD", async () => {
    const env = { PGPASSWORD_FILE: "/nonexistent/secret" }
    expect(await ask({ ...base, env })).toMatchObject({ password: undefined })
    const error = await rejectionOf(resolveConnection({ ...base, envFiles: true, env: { ...env, PGPASSWORD: "x" } }))
    expect(error.message).toContain("both PGPASSWORD and PGPASSWORD_FILE are set (but are exclusive)")
    expect((await rejectionOf(ask({ ...base, envFiles: true, env }))).message).toContain(
      'file "/nonexistent/secret" (PGPASSWORD_FILE) does not exist',
    )
  })

  test("a password file that others can read is ignored with libpq's warning", async () => {
    const { directory } = sandbox({ ".pgpass": { content: "*:*:*:*:pw\n", mode: "0644" } })
    const config = await resolveConnection({ ...base, env: { HOME: directory } })
    expect(config.warnings.map(({ message }) => message)).toContain(
      `password file "${directory}/.pgpass" has group or world access; permissions should be u=rw (0600) or less`,
    )
    expect(await passwordOf(config, config.hosts[0]!)).toBeUndefined()
    expect(config.passwordReport!(config.hosts[0]!).tried.at(-1)).toBe(`file "${directory}/.pgpass" (ignored: group or world access)`)
  })

  test("on Windows it is pgpass.conf in %APPDATA%, and permissions are not checked", async () => {
    const { directory } = sandbox({ secret: { content: "*:*:*:*:pw\n", mode: "0644" } })
    const real = `${directory}/secret`
    const config = await resolveConnection({
      connection: "host=h user=u",
      env: { APPDATA: "C:\\data" },
      io: {
        platform: "win32",
        stat: async (path) => ({ ...(await systemIo.stat(path.endsWith("\\postgresql\\pgpass.conf") ? real : path)) }),
        readFile: (path) => systemIo.readFile(path.endsWith("\\postgresql\\pgpass.conf") ? real : path),
      },
    })
    expect(await passwordOf(config, config.hosts[0]!)).toBe("pw")
    expect(config.passwordReport!(config.hosts[0]!).from).toBe('file "C:\\data\\postgresql\\pgpass.conf"')
  })

  test("what is not a regular file is ignored with libpq's warning, and an unreadable file is reported", async () => {
    const { directory } = sandbox()
    const folder = await resolveConnection({ ...base, connection: `host=h user=u passfile=${directory}` })
    expect(folder.warnings.map(({ message }) => message)).toContain(`password file "${directory}" is not a plain file`)
    expect(await passwordOf(folder, folder.hosts[0]!)).toBeUndefined()
    const { directory: other } = sandbox({ pass: { content: "*:*:*:*:pw", mode: "0600" } })
    const refuse = async () => {
      throw Object.assign(new Error("no"), { code: "EACCES" })
    }
    for (const io of [{ stat: refuse }, { readFile: refuse }]) {
      const denied = await resolveConnection({ ...base, connection: `host=h user=u passfile=${other}/pass`, io })
      expect(await passwordOf(denied, denied.hosts[0]!)).toBeUndefined()
      expect(denied.passwordReport!(denied.hosts[0]!).tried.at(-1)).toBe(`file "${other}/pass" (not readable (Permission denied))`)
    }
  })

  test("the password file is searched per host, and read again for each connection", async () => {
    const { directory } = sandbox({ ".pgpass": { content: "a:*:*:*:for a\nb:6000:*:*:for b\n", mode: "0600" } })
    const config = await resolveConnection({ connection: "host=a,b,c port=5432,6000,5432 user=u", env: { HOME: directory } })
    const passwords = await Promise.all(config.hosts.map((host) => passwordOf(config, host)))
    expect(passwords).toEqual(["for a", "for b", undefined])
    const { writeFileSync } = await import("node:fs")
    writeFileSync(`${directory}/.pgpass`, "a:*:*:*:changed\n")
    expect((await config.password(config.hosts[0]!))?.reveal()).toBe("changed")
  })
})

describe("the forms of the password option", () => {
  test("a string, a Secret, a function, a variable, a file", async () => {
    const { directory } = sandbox({ token: { content: "top secret\r\n\n" }, empty: { content: "\n" }, latin: { content: "x" } })
    const ok: readonly [PasswordInput, string][] = [
      ["plain", "plain"],
      [secret("wrapped"), "wrapped"],
      [() => "called", "called"],
      [async ({ host, port, user, database }) => `${user}@${host}:${port}/${database}`, "u@h:5432/d"],
      [{ env: "TOKEN" }, "from TOKEN"],
      [{ file: `${directory}/token` }, "top secret"],
    ]
    for (const [password, expected] of ok) expect((await ask({ ...base, env: { TOKEN: "from TOKEN" }, password })).password).toBe(expected)
    expect(await ask({ ...base, password: { file: `${directory}/empty` } })).toMatchObject({
      password: undefined,
      tried: expect.arrayContaining([`file "${directory}/empty" (empty)`]),
    })
    expect((await rejectionOf(ask({ ...base, password: { file: "/nonexistent" } }))).message).toBe('file "/nonexistent" does not exist')
  })

  test("a program: without a shell, its arguments and output in no message, with the given environment", async () => {
    const env = { PATH: process.env.PATH, TOKEN: "tok en" }
    expect((await ask({ ...base, env, password: command("console.log(process.env.TOKEN)") })).password).toBe("tok en")
    expect(await ask({ ...base, password: command("") })).toMatchObject({
      password: undefined,
      tried: expect.arrayContaining(["command node (gave none)"]),
    })
    const failing: readonly [PasswordInput, string][] = [
      [command("console.log('S3CRET'); console.error('S3CRET'); process.exit(3)"), "command node ended with exit code 3"],
      [{ command: ["/nonexistent/S3CRET-free/vault", "--token=S3CRET"] }, "command vault is not installed or not in PATH"],
      [command("process.kill(process.pid, 'SIGTERM')"), "command node was ended by SIGTERM"],
      [command("process.stdout.write('x'.repeat(100_000))"), "command node could not be run (ERR_CHILD_PROCESS_STDIO_MAXBUFFER)"],
    ]
    for (const [password, message] of failing) {
      const error = await rejectionOf(ask({ ...base, password }))
      expect(error).toMatchObject({ code: "PGSD_PASSWORD_FAILED", message, key: "password" })
      expect(error.cause).toBeUndefined()
    }
  })

  test("a program that times out is killed", async () => {
    const error = await rejectionOf(
      ask({ ...base, password: command("setInterval(() => {}, 1000); process.on('SIGTERM', () => {})", { timeoutMs: 150 }) }),
    )
    expect(error).toMatchObject({ code: "PGSD_PASSWORD_FAILED", message: "command node did not answer within 150 ms", retryable: true })
  })

  test("an abort kills the program", async () => {
    const { directory } = sandbox()
    const started = `${directory}/started`
    const script = `require('node:fs').writeFileSync(${JSON.stringify(started)}, String(process.pid)); setInterval(() => {}, 1000)`
    const config = await resolveConnection({ ...base, password: command(script) })
    const controller = new AbortController()
    const asked = config.password(config.hosts[0]!, { signal: controller.signal })
    await vi.waitFor(() => expect(readFileSync(started, "utf8")).not.toBe(""), { timeout: 10_000 })
    controller.abort(new Error("gone"))
    await expect(asked).rejects.toThrow("gone")
    const pid = Number(readFileSync(started, "utf8"))
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), { timeout: 10_000 })
  })

  test("a program's output is reused for its ttlMs", async () => {
    const config = await resolveConnection({ ...base, password: command("console.log(process.pid)", { ttlMs: 60_000 }) })
    const [host] = config.hosts
    const first = (await config.password(host!))?.reveal()
    expect((await config.password(host!))?.reveal()).toBe(first)
    expect((await config.password(host!, { fresh: true }))?.reveal()).not.toBe(first)
  })

  test("anything else is refused before a connection is attempted", async () => {
    for (const password of [{}, { fiel: "x" }, 5])
      expect((await rejectionOf(resolveConnection({ ...base, password: password as PasswordInput }))).message).toBe(
        "the password option must be a string, a Secret, a function, { file }, { env }, { command }, { keyring } or { provider }",
      )
  })
})
