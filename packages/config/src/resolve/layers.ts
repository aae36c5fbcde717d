import { ConfigError, type ConfigIssue } from "../errors.ts"
import { type Io, systemIo } from "../io.ts"
import { isParameterName, PARAMETERS, type ParameterName, type Parameters } from "../parameters/table.ts"
import { wrongShape } from "../parameters/wrong-shape.ts"
import { parseConnectionOrName } from "../parse/connection-string.ts"
import { unknownKey } from "../parse/unknown-key.ts"
import type { Findings } from "./findings.ts"
import type { Environment } from "./home.ts"
import type { ProfileLayer, ResolveOptions } from "./options.ts"
import { readService } from "./service-file.ts"
import { type Layer, type Setting, variable } from "./settings.ts"

interface Layers {
  readonly settings: Map<ParameterName, Setting>
  /** The port was in a URI's authority: only its digits may be shown. */
  readonly portIsDelicate: boolean
  /** A string that libpq would accept, with part of a password in another place. */
  readonly accident: ConfigIssue | undefined
}

/**
 * Merges the layers in libpq's order: those `above` the connection, the connection, profile, service file, environment, defaults. An empty
 * value hides lower layers.
 */
export async function mergeLayers(
  above: readonly ProfileLayer[],
  options: Omit<ResolveOptions, "overrides">,
  env: Environment,
  io: Io,
  findings: Findings,
): Promise<Layers> {
  const settings = new Map<ParameterName, Setting>()
  const add = (values: Parameters, layer: Layer, source: string) => {
    for (const [key, value] of Object.entries(values))
      if (!settings.has(key as ParameterName)) settings.set(key as ParameterName, { value, layer, source })
  }
  for (const { source, parameters } of above) add(checkParameters(parameters, source), "override", source)
  let portIsDelicate = false
  let accident: ConfigIssue | undefined
  const { connection } = options
  if (typeof connection === "string") {
    const parsed = parseConnectionOrName(connection)
    portIsDelicate = parsed.portFromAuthority && !settings.has("port")
    findings.warnings.push(...parsed.warnings)
    accident = parsed.accident
    add(parsed.values, "connection", options.connectionSource ?? "connection string")
  } else if (connection !== undefined) {
    const source = options.connectionSource ?? "connection parameters"
    add(checkParameters(connection, source), "connection", source)
  }
  for (const { source, parameters } of [options.profile ?? []].flat()) add(checkParameters(parameters, source), "profile", source)
  await addService(settings, env, io)
  addEnvironment(settings, env, findings)
  addDefaults(settings, io)
  // A stronger layer may have replaced the value.
  const applies = settings.get(accident?.key as ParameterName)?.layer === "connection"
  return { settings, portIsDelicate, accident: applies ? accident : undefined }
}

async function addService(settings: Map<ParameterName, Setting>, env: Environment, io: Io): Promise<void> {
  const given = settings.get("service")
  const service = given?.value ?? env.PGSERVICE
  if (service === undefined) return
  const file = settings.get("servicefile")
  const values = await readService({
    service,
    source: given?.source ?? variable("PGSERVICE", env.PGSERVICE),
    file: file?.value ?? env.PGSERVICEFILE,
    fileSource: file?.source ?? (env.PGSERVICEFILE === undefined ? undefined : variable("PGSERVICEFILE", env.PGSERVICEFILE)),
    env,
    io,
  })
  for (const [key, { value, source }] of values) if (!settings.has(key)) settings.set(key, { value, layer: "service", source })
}

function addEnvironment(settings: Map<ParameterName, Setting>, env: Environment, findings: Findings): void {
  for (const { name, env: variableName } of PARAMETERS) {
    const value = variableName === undefined ? undefined : env[variableName]
    if (variableName === undefined || value === undefined || settings.has(name)) continue
    settings.set(name, { value, layer: "environment", source: variable(variableName, value) })
    if (value === "") findings.warn("EMPTY_VARIABLE", `${variableName} is set but empty, which is a value to libpq: unset it`)
  }
  // Deprecated; read only if PGSSLMODE is not set (fe-connect.c, conninfo_add_defaults).
  if (!settings.has("sslmode") && env.PGREQUIRESSL?.startsWith("1"))
    settings.set("sslmode", { value: "require", layer: "environment", source: "environment variable PGREQUIRESSL" })
}

function addDefaults(settings: Map<ParameterName, Setting>, io: Io): void {
  const strengthen = !settings.has("sslmode") && settings.get("sslrootcert")?.value === "system"
  if (strengthen) settings.set("sslmode", { value: "verify-full", layer: "derived", source: "sslrootcert=system" })
  for (const { name, default: value } of PARAMETERS)
    if (value !== undefined && !settings.has(name)) settings.set(name, { value, layer: "default", source: "default" })
  // Not in libpq's table, but set if TLS is compiled in (fe-connect.c, pqConnectOptions2).
  if (!settings.has("sslcertmode")) settings.set("sslcertmode", { value: "allow", layer: "default", source: "default" })
  if (!settings.get("user")?.value) {
    const user = io.user()
    if (user !== undefined) settings.set("user", { value: user.name, layer: "derived", source: "operating system user" })
  }
  const user = settings.get("user")?.value
  if (!settings.get("dbname")?.value && user) settings.set("dbname", { value: user, layer: "derived", source: "same as user" })
}

/** The machine to use: the real one, except for what the caller replaces. */
export function completeIo(io: Partial<Io> | undefined): Io {
  return { ...systemIo, ...io }
}

function checkParameters(values: Parameters, source: string): Parameters {
  const wrong = wrongShape(values)
  if (wrong !== undefined)
    throw new ConfigError([
      {
        code: "PGSD_CONFIG_INVALID_VALUE",
        message: `a connection is a string or libpq parameters by keyword, not ${wrong.kind}`,
        source,
        hint: wrong.hint,
      },
    ])
  const checked: Record<string, string> = {}
  for (const [key, value] of Object.entries(values as Readonly<Record<string, unknown>>)) {
    if (value === undefined) continue
    if (!isParameterName(key)) throw new ConfigError([unknownKey("invalid connection option", key, source, true)])
    if (typeof value !== "string")
      throw new ConfigError([
        {
          code: "PGSD_CONFIG_INVALID_VALUE",
          key,
          message: `the value of "${key}" must be a string, as libpq stores it`,
          source,
          hint: `got ${value === null ? "null" : `a ${typeof value}`}`,
        },
      ])
    if (value.includes("\0"))
      throw new ConfigError([{ code: "PGSD_CONFIG_INVALID_VALUE", key, message: `the value of "${key}" contains a zero byte`, source }])
    checked[key] = value
  }
  return checked
}
