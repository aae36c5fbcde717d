import { ConfigError, explainConnection, PARAMETERS, resolveConnection } from "../../../src/index.ts"
import { passwordOf } from "../password-of.ts"
import type { Sandbox } from "../sandbox.ts"
import type { OracleAnswer } from "./oracle.ts"

type Outcome =
  | { readonly values: Readonly<Record<string, string>>; readonly password: string }
  | { readonly messages: readonly string[]; readonly unsupported: boolean; readonly later: boolean }

async function ours(text: string, env: Readonly<Record<string, string>>): Promise<Outcome> {
  try {
    const config = await resolveConnection({ connection: text, env, defaultSocketDirectory: "/tmp" })
    const rows = explainConnection(config).filter(({ key }) => PARAMETERS.some(({ name, since }) => name === key && since === undefined))
    return {
      values: Object.fromEntries(rows.map(({ key, value }) => [key, value])),
      password: (await passwordOf(config, config.hosts[0]!)) ?? "",
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return {
      messages: error.issues.map(({ message }) => message),
      unsupported: error.issues.every(({ code }) => code === "PGSD_CONFIG_UNSUPPORTED"),
      // libpq reads these files only when a server has agreed to TLS.
      later: error.issues.every(({ code, key }) => code === "PGSD_CONFIG_FILE" && key !== "service"),
    }
  }
}

/** The results of both for the same string, variables and files. */
export async function compareResolve(box: Sandbox, text: string, env: Readonly<Record<string, string>>, libpq: OracleAnswer) {
  const own = await ours(text, env)
  const reached = libpq.error === undefined || /^connection to server (at|on socket) /.test(libpq.error)
  const difference = (what: unknown) => ({
    difference: `${JSON.stringify({ text, env, directory: box.directory })}: libpq ${JSON.stringify(what)}, here ${JSON.stringify(own)}`,
  })
  if (!reached) {
    // libpq repeats a line for each host.
    const [firstLine = ""] = libpq.error!.split("\n")
    const same = "messages" in own && own.messages.some((each) => firstLine === each || firstLine.startsWith(`${each}: `))
    return same ? ("refused" as const) : difference(libpq.error)
  }
  if ("messages" in own) return own.unsupported || own.later ? ("refused later" as const) : difference("accepted")
  const secrets: readonly string[] = PARAMETERS.filter(({ secret }) => secret).map(({ name }) => name)
  const expected = Object.fromEntries(
    [...libpq.values!].map(([key, bytes]) => [key, secrets.includes(key) && bytes.length > 0 ? "[secret]" : bytes.toString()]),
  )
  // libpq writes the default path there once it has looked for a password; here explainConnection has "→ password".
  if (expected.passfile === `${box.directory}/.pgpass`) expected.passfile = own.values.passfile ?? ""
  if (expected.passfile === "") delete expected.passfile
  const sorted = (values: Readonly<Record<string, string>>) =>
    JSON.stringify(
      Object.entries(values)
        .filter(([key, value]) => key !== "passfile" || value !== "")
        .sort(),
    )
  if (sorted(own.values) !== sorted(expected)) return difference(expected)
  return own.password === (libpq.password ?? "") ? ("accepted" as const) : difference({ password: libpq.password })
}
