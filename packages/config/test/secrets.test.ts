import { inspect } from "node:util"
import fc from "fast-check"
import { expect, test } from "vitest"
import {
  createConfigurationManager,
  explainConnection,
  formatConnectionString,
  PARAMETERS,
  parseConnectionString,
  resolveConnection,
} from "../src/index.ts"
import { sandbox } from "./support/sandbox.ts"

const RUNS = process.env.PGSD_TEST_FULL ? 30_000 : 1_500

const MARKER = "S3CRETmarker"
const SECRETS: readonly string[] = PARAMETERS.filter(({ secret }) => secret).map(({ name }) => name)

/** Every form in which a value can leave a program by accident, including the cause chain. */
function outputsOf(value: unknown): string[] {
  const outputs: string[] = []
  const attempt = (show: () => unknown) => {
    try {
      outputs.push(String(show()))
    } catch (error) {
      outputs.push(String(error), (error as Error).stack ?? "")
    }
  }
  for (let each = value, depth = 0; each !== undefined && depth < 5; each = (each as { cause?: unknown }).cause, depth++) {
    const current = each
    attempt(() => current)
    attempt(() =>
      inspect(current, { showHidden: true, depth: Number.POSITIVE_INFINITY, getters: true, maxStringLength: null, maxArrayLength: null }),
    )
    attempt(() => inspect(current))
    attempt(() => JSON.stringify(current))
    attempt(() => inspect(structuredClone(current), { depth: Number.POSITIVE_INFINITY }))
    if (current instanceof Error) outputs.push(current.message, current.stack ?? "", JSON.stringify({ ...current }))
    if (typeof current !== "object" || current === null) break
  }
  return outputs
}

function expectHidden(value: unknown, input: string): void {
  for (const output of outputsOf(value))
    if (output.includes(MARKER)) throw new Error(`${JSON.stringify(input)} shows its password: ${output}`)
}

async function everythingAbout(connection: string, env: Readonly<Record<string, string>>): Promise<unknown[]> {
  const seen: unknown[] = []
  try {
    parseConnectionString(connection)
  } catch (error) {
    seen.push(error)
  }
  try {
    const config = await resolveConnection({ connection, env, defaultSocketDirectory: "/tmp" })
    for (const host of config.hosts) {
      seen.push(await config.password(host).catch((error: unknown) => error), config.passwordReport!(host))
    }
    seen.push(config, explainConnection(config), config.warnings, config.sources)
  } catch (error) {
    seen.push(error)
  }
  return seen
}

/** A password around the marker, with characters that end a component when unencoded. */
const password = fc
  .tuple(
    fc.string({
      unit: fc.constantFrom("a", "@", ":", "/", "?", "#", "%", "&", "=", "[", "]", ",", " ", "'", "\\", "+", "ü"),
      maxLength: 4,
    }),
    fc.string({ unit: fc.constantFrom("b", "@", ":", "/", "?", "#", "%", "&", "[", "]", ",", " ", "'", "\\", "+", "ü"), maxLength: 4 }),
  )
  .map(([before, after]) => `${before}${MARKER}${after}`)

test("a correctly encoded password appears in no output of any kind", async () => {
  const shape = fc.record({
    key: fc.constantFrom(...SECRETS),
    value: password,
    as: fc.constantFrom("uri" as const, "keywords" as const),
    spoil: fc.constantFrom(
      {},
      { port: "x" },
      { sslmode: "no" },
      { hostaddr: "nowhere" },
      { host: "a,b", port: "1,2,3" },
      { service: "none" },
      { sslmode: "verify-full" },
    ),
  })
  await fc.assert(
    fc.asyncProperty(shape, async ({ key, value, as, spoil }) => {
      const text = formatConnectionString({ host: "h", user: "u", dbname: "d", ...spoil, [key]: value }, { as, secrets: "include" })
      for (const seen of await everythingAbout(text, {})) expectHidden(seen, text)
    }),
    { numRuns: 400 },
  )
})

test("an unencoded password appears in no error either, wherever its pieces ended up", {
  timeout: 120_000,
}, async () => {
  const template = fc.constantFrom(
    (text: string) => `postgres://u:${text}@h/db`,
    (text: string) => `postgres://u:${text}@h:5432/db?sslmode=require`,
    (text: string) => `postgres://u:${text}@[::1]/db`,
    (text: string) => `postgresql://:${text}@/db?host=/tmp`,
    (text: string) => `postgres://u:${text}@h,i/db`,
    (text: string) => `postgres//u:${text}@h/db`,
    (text: string) => `Postgres://u:${text}@h/db`,
    (text: string) => `host=h user=u password='${text}'`,
    (text: string) => `host=h user=u password='${text}' dbname=d`,
    (text: string) => `password=${text} host=h`,
  )
  await fc.assert(
    fc.asyncProperty(template, password, async (write, value) => {
      const text = write(value)
      for (const seen of await everythingAbout(text, {})) expectHidden(seen, text)
    }),
    // The example: the query replaces the host that the password's "@" has made, so that only the path is left to show.
    { numRuns: RUNS, examples: [[(text: string) => `postgresql://:${text}@/db?host=/tmp`, `@@/${MARKER}`]] },
  )
})

test("a password from any source appears in no output: variable, file, password file, command, provider, prompt", async () => {
  const box = sandbox({ ".pgpass": { content: `*:*:*:*:${MARKER}\n`, mode: "0600" }, secret: { content: `${MARKER}\n` } })
  const base = { connection: "host=127.0.0.1 user=u", env: { HOME: "/nonexistent", PATH: process.env.PATH } }
  for (const options of [
    { ...base, env: { PGPASSWORD: MARKER } },
    { ...base, env: { PGPASSWORD_FILE: `${box.directory}/secret` }, envFiles: true },
    { ...base, env: { HOME: box.directory } },
    { ...base, password: MARKER },
    { ...base, password: { file: `${box.directory}/secret` } },
    { ...base, password: { env: "TOKEN" }, env: { TOKEN: MARKER } },
    { ...base, password: { command: [process.execPath, "-p", JSON.stringify(MARKER)] as const } },
    { ...base, password: () => MARKER },
    { ...base, password: { provider: () => ({ password: MARKER, expiresAt: Date.now() + 600_000 }) } },
    { ...base, prompt: async () => MARKER },
  ]) {
    const config = await resolveConnection(options)
    const found = await config.password(config.hosts[0]!)
    expect(found?.reveal()).toBe(MARKER)
    for (const seen of [found, config, config.passwordReport!(config.hosts[0]!), explainConnection(config)]) expectHidden(seen, "sources")
  }
})

test("a configuration shows no password, and its errors no value of a file", async () => {
  const box = sandbox({
    "pgsd.config.json": {
      content: JSON.stringify({
        databases: {
          source: { connection: `postgres://u:${MARKER}@127.0.0.1/db`, password: MARKER },
          target: `host=127.0.0.1 password=${MARKER}`,
        },
      }),
    },
    "broken/pgsd.config.json": { content: `{ "databases": { "source": "postgres://u:${MARKER}@h/db" ` },
    "wrong/pgsd.config.json": {
      content: JSON.stringify({
        databases: { source: { connection: { password: [MARKER], sslmode: MARKER }, pasword: MARKER } },
        pool: { max: MARKER },
      }),
    },
    "throws/pgsd.config.mjs": { content: `throw new Error("could not use ${MARKER}")` },
    "syntax/pgsd.config.mjs": { content: `export default { password: "${MARKER}" ` },
  })
  const read = (folder: string) => createConfigurationManager({ cwd: `${box.directory}/${folder}`, env: {} }).getConfiguration()
  expectHidden(await read("."), "a good file")
  for (const folder of ["broken", "wrong", "throws", "syntax"]) {
    const error = await read(folder).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error, folder).toBeInstanceOf(Error)
    expectHidden(error, folder)
  }
})

test.each(["host", "hostaddr", "user", "dbname"] as const)("a connection string as %s is refused, and not shown", async (key) => {
  const value = `postgresql://u:${MARKER}@h/x`
  const variable = { host: "PGHOST", hostaddr: "PGHOSTADDR", user: "PGUSER", dbname: "PGDATABASE" }[key]
  for (const options of [
    { connection: { [key]: value }, env: {} },
    { overrides: { [key]: value }, env: {} },
    { env: { [variable]: value } },
  ]) {
    const error = await resolveConnection(options).catch((each: unknown) => each)
    expect(error).toMatchObject({
      issues: [{ code: "PGSD_CONFIG_INVALID_VALUE", key, message: `the value of "${key}" is a connection string` }],
    })
    expectHidden(error, value)
  }
})
