import { isLoopback, nearestName } from "@pgsd/driver"
import { ConfigError, type ConfigIssue, throwIssues } from "../errors.ts"
import { deepFreeze } from "../freeze.ts"
import type { Io } from "../io.ts"
import { isUri } from "../parse/uri.ts"
import type { Environment } from "../resolve/home.ts"
import type { ProfileLayer } from "../resolve/options.ts"
import { given, resolveUnder } from "../resolve/resolve.ts"
import type { Configuration, DatabaseConfiguration } from "./configuration.ts"
import { type EnvironmentDatabase, variableName } from "./environment.ts"
import type { LoadedFile } from "./find-file.ts"
import type { ConfigurationOverrides, ProfileInput } from "./input.ts"
import { type ConfigurationLayer, mergeDatabase, numbersOf, toStrings } from "./merge.ts"
import { BUILT_IN_PROFILES, DEFAULT_DRIVER, DEFAULT_PROFILE, EMBEDDED_DRIVERS } from "./profiles.ts"

interface Parts {
  readonly file: LoadedFile | undefined
  readonly env: Environment
  readonly environment: readonly EnvironmentDatabase[]
  readonly overrides: ConfigurationOverrides
  readonly overrideSource: (setting: string) => string
  readonly envFiles: boolean
  readonly io: Partial<Io> | undefined
}

/** Merges the layers (built-in profile, file, the file's profile, environment, overrides) and resolves every database. */
export async function assemble(parts: Parts): Promise<Configuration> {
  const { file, env, overrides } = parts
  const profile = chooseProfile(parts)
  const builtIn = BUILT_IN_PROFILES[profile] ?? {}
  const fileProfile = file?.input.profiles?.[profile] ?? {}
  const layers = layersOf(parts, profile, fileProfile)
  const driver =
    overrides.driver ?? nonEmpty(env.PGSD_DRIVER) ?? fileProfile.driver ?? builtIn.driver ?? file?.input.driver ?? DEFAULT_DRIVER
  const names = new Set(layers.flatMap((layer) => Object.keys(layer.profile.databases ?? {})))
  const problems: ConfigIssue[] = []
  const databases: DatabaseConfiguration[] = []
  for (const name of names) {
    const made = await resolveDatabase(name, driver, layers, parts).catch((error: unknown) => {
      if (!(error instanceof ConfigError)) throw error
      problems.push(
        ...error.issues.map((issue) => ({
          ...issue,
          source: `database "${name}"${issue.source === undefined ? "" : `, ${issue.source}`}`,
        })),
      )
    })
    if (made !== undefined) databases.push(made)
  }
  throwIssues(problems)
  return deepFreeze({
    profile,
    driver,
    databases: Object.fromEntries(databases.map((database) => [database.name, database])),
    file: file?.path,
    warnings: databases.flatMap((database) => warningsOf(database, profile)),
  })
}

function chooseProfile({ file, env, overrides, overrideSource }: Parts): string {
  const known = [...new Set([...Object.keys(BUILT_IN_PROFILES), ...Object.keys(file?.input.profiles ?? {})])]
  const [name, source] =
    overrides.profile !== undefined
      ? [overrides.profile, overrideSource("profile")]
      : nonEmpty(env.PGSD_PROFILE) !== undefined
        ? [env.PGSD_PROFILE!, "environment variable PGSD_PROFILE"]
        : [file?.input.profile ?? DEFAULT_PROFILE, `file "${file?.path}"`]
  if (known.includes(name)) return name
  const meant = nearestName(name, known)
  const hint = meant === undefined ? `one of ${known.join(", ")}` : `did you mean "${meant}"?`
  throw new ConfigError([{ code: "PGSD_CONFIG_NOT_FOUND", key: "profile", message: `profile "${name}" is not defined`, source, hint }])
}

/** Weakest first. */
function layersOf(
  { file, environment, overrides, overrideSource }: Parts,
  profile: string,
  fileProfile: ProfileInput,
): ConfigurationLayer[] {
  const builtIn = { source: `profile ${profile}`, profile: BUILT_IN_PROFILES[profile] ?? {} }
  const fromFile = file === undefined ? [] : [{ source: `file "${file.path}"`, profile: file.input }]
  const fromFileProfile = file === undefined ? [] : [{ source: `file "${file.path}", profile ${profile}`, profile: fileProfile }]
  const below = [builtIn, ...fromFile, ...fromFileProfile]
  // Names are ambiguous in variables: PGSD_BILLING_REPORTS_URL means "billing-reports" if such a database is known.
  const known = new Set([...below, { profile: overrides }].flatMap((layer) => Object.keys(layer.profile.databases ?? {})))
  const nameOf = (name: string) => [...known].find((each) => variableName(each) === name.toUpperCase()) ?? name
  const fromEnvironment = environment.map(({ name, settings, source }) => ({
    source,
    isSpecific: true,
    profile: { databases: { [nameOf(name)]: settings } },
  }))
  const fromOverrides = Object.entries(overrides.databases ?? {}).map(([name, settings]) => ({
    source: overrideSource(`databases.${name}`),
    isSpecific: true,
    profile: { databases: { [name]: settings } },
  }))
  // Unlike a profile's, these parameters override every connection in resolveDatabase.
  return [...below, ...fromEnvironment, { source: overrideSource("pool"), profile: { pool: overrides.pool } }, ...fromOverrides]
}

async function resolveDatabase(
  name: string,
  driver: string,
  layers: readonly ConfigurationLayer[],
  { env, envFiles, io, overrides, overrideSource }: Parts,
): Promise<DatabaseConfiguration> {
  const merged = mergeDatabase(name, layers)
  const ownDriver = merged.driver ?? driver
  const pool = { ...Object.assign({}, ...layers.map((layer) => numbersOf(layer.profile.pool))), ...merged.pool }
  const embedded = EMBEDDED_DRIVERS.includes(ownDriver)
  const folder = merged.connection !== undefined && isFolder(merged.connection, embedded) ? merged.connection : merged.dataDirectory
  const base = { name, driver: ownDriver, pool, ...(folder === undefined ? {} : { dataDirectory: folder }) }
  const nothingGiven = merged.connection === undefined && merged.parameters.length === 0
  if (folder !== undefined || (embedded && nothingGiven)) return base
  const above = [{ source: overrideSource("connection"), parameters: given(toStrings(overrides.connection ?? {})) }, ...merged.parameters]
  const connection = await resolveUnder(above, {
    connection: merged.connection,
    connectionSource: merged.connectionSource,
    profile: profileLayers(layers),
    password: merged.password,
    env,
    envFiles,
    io,
    label: name,
  })
  return { ...base, connection }
}

function isFolder(connection: string, embedded: boolean): boolean {
  return connection === "memory:" || (embedded && !isUri(connection) && !connection.includes("="))
}

/** Strongest first. */
function profileLayers(layers: readonly ConfigurationLayer[]): ProfileLayer[] {
  return layers
    .filter((layer) => layer.profile.connection !== undefined)
    .map((layer) => ({ source: layer.source, parameters: toStrings(layer.profile.connection!) }))
    .reverse()
}

function warningsOf({ name, connection }: DatabaseConfiguration, profile: string) {
  if (connection === undefined) return []
  const warnings = connection.warnings.map(({ code, message }) => ({ code, message: `database "${name}": ${message}` }))
  const remote = connection.hosts.some((host) => host.kind === "tcp" && !isLoopback(host.address ?? host.name ?? ""))
  if (profile === "production" && remote && connection.tls.verify !== "full") {
    const message = `database "${name}": profile production, but ${connection.sources.sslmode} says sslmode=${connection.tls.mode}, which does not verify the server's name`
    warnings.push({ code: "PRODUCTION_NOT_VERIFIED", message })
  }
  return warnings
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value
}
