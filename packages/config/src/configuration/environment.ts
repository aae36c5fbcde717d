import { ConfigError, type ConfigErrorCode } from "../errors.ts"
import { fileProblem } from "../file-problem.ts"
import type { Io } from "../io.ts"
import type { Environment } from "../resolve/home.ts"
import type { DatabaseSettings } from "./input.ts"

/** Settings of one database from `PGSD_SOURCE_URL` and similar variables. */
export interface EnvironmentDatabase {
  /** As in the variable, in lower case: `source`, `billing_reports`. */
  readonly name: string
  readonly settings: DatabaseSettings
  /** The variable that gives the connection. */
  readonly source: string
}

/**
 * `PGSD_<NAME>_URL` and `PGSD_<NAME>_PASSWORD` for any name, each also as a file (`…_FILE`). Names that begin with TEST are reserved for
 * the test kit.
 */
export async function readEnvironment(env: Environment, io: Io): Promise<readonly EnvironmentDatabase[]> {
  const names = new Set<string>()
  for (const variable of Object.keys(env)) {
    const name = env[variable] === undefined ? undefined : /^PGSD_([A-Z0-9_]+?)_(?:URL|PASSWORD)(?:_FILE)?$/.exec(variable)?.[1]
    if (name !== undefined && !/^TEST(_|$)/.test(name)) names.add(name)
  }
  return Promise.all([...names].sort().map((name) => readDatabase(name, env, io)))
}

async function readDatabase(name: string, env: Environment, io: Io): Promise<EnvironmentDatabase> {
  const url = await valueOrFile(`PGSD_${name}_URL`, env, io)
  const password = exclusive(`PGSD_${name}_PASSWORD`, env)
  return {
    name: name.toLowerCase(),
    source: `environment variable ${url?.variable ?? password?.variable}`,
    settings: {
      ...(url === undefined ? {} : { connection: url.value }),
      ...(password === undefined ? {} : { password: password.isFile ? { file: env[password.variable]! } : { env: password.variable } }),
    },
  }
}

async function valueOrFile(base: string, env: Environment, io: Io): Promise<{ variable: string; value: string } | undefined> {
  const found = exclusive(base, env)
  if (found === undefined) return undefined
  const { variable, isFile } = found
  const value = isFile ? await contentOf(env[variable]!, variable, io) : env[variable]!
  // libpq accepts an empty string, and would connect to the default server of this machine.
  if (value.trim() === "")
    throw refused("PGSD_CONFIG_INVALID_VALUE", `${variable} is ${isFile ? "the name of an empty file" : "set but empty"}`, variable)
  return { variable, value }
}

async function contentOf(path: string, variable: string, io: Io): Promise<string> {
  try {
    return Buffer.from(await io.readFile(path))
      .toString("utf8")
      .replace(/[\r\n]+$/, "")
  } catch (error) {
    throw refused("PGSD_CONFIG_FILE", `the file of ${variable} could not be read (${fileProblem(error)})`, variable)
  }
}

function refused(code: ConfigErrorCode, message: string, variable: string): ConfigError {
  return new ConfigError([{ code, message, source: `environment variable ${variable}`, hint: "unset it, or give a connection string" }])
}

// The convention of container images: a variable and its _FILE form are mutually exclusive.
function exclusive(base: string, env: Environment): { variable: string; isFile: boolean } | undefined {
  const plain = env[base] !== undefined
  const file = env[`${base}_FILE`] !== undefined
  if (plain && file)
    throw new ConfigError([
      { code: "PGSD_CONFIG_INVALID_VALUE", message: `both ${base} and ${base}_FILE are set (but are exclusive)`, source: "environment" },
    ])
  return plain ? { variable: base, isFile: false } : file ? { variable: `${base}_FILE`, isFile: true } : undefined
}

/** The name of a variable for a database: letters, digits and underscores, in upper case. */
export function variableName(database: string): string {
  return database.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")
}
