import { type Command, InvalidArgumentError, Option } from "commander"
import { DRIVER_NAMES } from "../drivers.ts"
import { OBJECT_KINDS, type ObjectKind } from "../model/catalog.ts"

/** The options common to all commands, as commander returns them. */
export interface CommonOptions {
  readonly source?: string
  readonly target?: string
  readonly config?: string
  readonly profile?: string
  readonly driver?: string
  readonly schema?: readonly string[]
  readonly format?: Format
  readonly out?: string
}

/** The output format. */
export type Format = "text" | "json" | "html" | "sql"

export interface VerifyCommandOptions extends CommonOptions {
  readonly requireSelect?: boolean
  readonly requireLeastPrivilege?: boolean
  readonly requireVerifiedTls?: boolean
  readonly allowUnsupported?: boolean
}

/** What is read from a database. */
export interface ReadCommandOptions extends CommonOptions {
  readonly excludeSchema?: readonly string[]
  /** The target's names for schemas of the source. */
  readonly mapSchema?: ReadonlyMap<string, string>
  readonly allowUnsupported?: boolean
}

export interface DiffCommandOptions extends ReadCommandOptions {
  readonly only?: readonly ObjectKind[]
  readonly except?: readonly ObjectKind[]
  readonly owner?: boolean
  readonly privileges?: boolean
  readonly comments?: boolean
  readonly extensionVersions?: boolean
  readonly strict?: boolean
  /** For --format sql. */
  readonly allowDrops?: boolean
}

export interface ExplainCommandOptions extends CommonOptions {
  readonly all?: boolean
}

export interface DoctorCommandOptions extends CommonOptions {
  readonly poolMax?: number
  readonly processes?: number
  /** The pools use listen(). */
  readonly listen?: boolean
  readonly requireVerifiedTls?: boolean
  readonly allowUnsupported?: boolean
}

export interface DemoCommandOptions {
  /** A folder for the page. */
  readonly out?: string
}

export interface WatchCommandOptions extends CommonOptions {
  readonly port?: number
  /** Callers per database. */
  readonly load?: number
}

/** Options that select the databases. */
export function withDatabases(command: Command): Command {
  return command
    .option("-s, --source <connection>", "URL, host=… string, folder or memory: of the source")
    .option("-t, --target <connection>", "the same of the target")
    .option("-c, --config <file>", "configuration file instead of the first pgsd.config.* from here upwards")
    .option("-p, --profile <name>", "development, production, test, or one of the configuration file")
    .addOption(new Option("-d, --driver <name>", "how to talk to PostgreSQL").choices(DRIVER_NAMES))
}

export function withSchemas(command: Command): Command {
  return command.option("-n, --schema <name>", "only this schema; may be given several times", schemaName)
}

export function withExcludedSchemas(command: Command): Command {
  return command.option("-N, --exclude-schema <name>", "not this schema; may be given several times", schemaName)
}

/** Options that select differences; those that pg_dump has are named as there. */
export function withSelection(command: Command): Command {
  return withExcludedSchemas(command)
    .option("--map-schema <source=target>", "a schema that has another name in the target; may be given several times", schemaPair)
    .option("--only <kinds>", "only these kinds of objects and what belongs to them: table,view,function …", kinds)
    .option("--except <kinds>", "not these kinds", kinds)
    .option("-O, --no-owner", "not who owns what")
    .option("-x, --no-privileges", "not who may do what (GRANT, REVOKE, default privileges)")
    .option("--no-comments", "not the comments")
    .option("--no-extension-versions", "not the versions of extensions: servers of different majors bring their own")
    .option("--strict", "exit code 1 as well when anything was not compared")
}

export function withWatch(command: Command): Command {
  return command
    .option("--port <number>", "port of the page on 127.0.0.1 (default: one that is free)", numberUpTo(65_535))
    .addOption(new Option("--load [callers]", "put a small load that only reads on each database").preset("8").argParser(numberUpTo(1_000)))
}

/** The pools that an application opens. */
export function withPoolPlan(command: Command): Command {
  return command
    .option(
      "--pool-max <number>",
      "connections of one pool at most (default: that of the profile or the configuration file)",
      numberUpTo(10_000),
    )
    .option("--processes <number>", "processes with a pool each (default: 1)", numberUpTo(99_999))
    .option("--listen", "each pool has a session of listen() as well, beside its connections")
}

function numberUpTo(most: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text)
    throw new InvalidArgumentError(`It is a number from 1 to ${most}.`)
  }
}

function schemaName(name: string, before: string[] = []): string[] {
  if (name === "") throw new InvalidArgumentError("A schema has a name.")
  return [...before, name]
}

function schemaPair(pair: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const [from = "", to = "", ...rest] = pair.split("=")
  if (from === "" || to === "" || rest.length > 0) throw new InvalidArgumentError("It is source=target, the name of a schema in each.")
  if (before.has(from)) throw new InvalidArgumentError(`Schema "${from}" is given twice.`)
  return new Map([...before, [from, to]])
}

function kinds(list: string, before: readonly ObjectKind[] = []): readonly ObjectKind[] {
  const names = list.split(",").map((each) => each.trim().replaceAll("-", "_"))
  const unknown = names.find((name) => !(OBJECT_KINDS as readonly string[]).includes(name))
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no kind "${unknown}". Kinds: ${OBJECT_KINDS.join(", ")}.`)
  return [...before, ...(names as ObjectKind[])]
}

/** The output formats of a command; the first is the default. */
export function withFormat(command: Command, ...formats: readonly [Format, ...Format[]]): Command {
  return withOut(
    command.addOption(new Option("-f, --format <format>", "what the result is written as").choices(formats).default(formats[0])),
  )
}

export function withOut(command: Command): Command {
  return command.option("-o, --out <file>", "into this file instead of standard output")
}
