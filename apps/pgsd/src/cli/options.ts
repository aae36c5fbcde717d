import { type Command, InvalidArgumentError, Option } from "commander"
import { DRIVER_NAMES } from "../drivers.ts"

/** What the commands have in common, as commander gives it. */
export interface CommonOptions {
  readonly source?: string
  readonly target?: string
  readonly config?: string
  readonly profile?: string
  readonly driver?: string
  readonly schema?: readonly string[]
  readonly json?: boolean
}

export interface VerifyCommandOptions extends CommonOptions {
  readonly requireSelect?: boolean
  readonly requireLeastPrivilege?: boolean
  readonly requireVerifiedTls?: boolean
  readonly allowUnsupported?: boolean
}

export interface DiffCommandOptions extends CommonOptions {
  readonly allowUnsupported?: boolean
}

export interface ExplainCommandOptions extends CommonOptions {
  readonly all?: boolean
}

/** Options that say which databases are meant. */
export function withDatabases(command: Command): Command {
  return command
    .option("-s, --source <connection>", "URL, host=… string, folder or memory: of the source")
    .option("-t, --target <connection>", "the same of the target")
    .option("-c, --config <file>", "configuration file instead of the first pgsd.config.* from here upwards")
    .option("-p, --profile <name>", "development, production, test, or one of the configuration file")
    .addOption(new Option("-d, --driver <name>", "how to talk to PostgreSQL").choices(DRIVER_NAMES))
}

export function withSchemas(command: Command): Command {
  return command.option("-n, --schema <name>", "only this schema; may be given several times", (name: string, before: string[] = []) => {
    if (name === "") throw new InvalidArgumentError("A schema has a name.")
    return [...before, name]
  })
}

export function withJson(command: Command): Command {
  return command.option("--json", "for programs: one JSON document on standard output")
}
