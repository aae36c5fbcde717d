import { expect, test } from "vitest"
import { resolveConnection } from "../src/index.ts"
import { findPassword } from "../src/password/password-file.ts"
import { cases, type PasswordFileCase } from "./support/cases.ts"
import { passwordOf } from "./support/password-of.ts"
import { sandbox } from "./support/sandbox.ts"

test.each(cases<PasswordFileCase>("password-file"))("$id", async ({ text, env, files, query, password, stderr }) => {
  const box = sandbox(files)
  const config = await resolveConnection({
    connection: box.fill(text),
    env: box.env(env),
    defaultSocketDirectory: box.fill("{SOCKDIR}"),
  })
  // An empty password is never sent: libpq treats it as none.
  expect((await passwordOf(config, config.hosts[0]!)) ?? "").toBe(password ?? "")
  const warnings = config.warnings.map(({ message }) => message).join("\n")
  if (stderr !== undefined) expect(warnings).toContain(stderr)
  const content = files[".pgpass"]?.content
  if (password !== "" || content === undefined) return
  expect(
    findPassword(Buffer.from(content), { host: query.host, port: query.port, database: query.dbname, user: query.user })?.password,
  ).toBe("")
})
