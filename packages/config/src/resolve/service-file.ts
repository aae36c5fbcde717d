import { ConfigError, type ConfigErrorCode } from "../errors.ts"
import { fileProblem } from "../file-problem.ts"
import { errnoOf, type Io } from "../io.ts"
import { isParameterName, type ParameterName } from "../parameters/table.ts"
import { type Environment, homeDirectory } from "./home.ts"

interface ServiceValue {
  readonly value: string
  readonly source: string
}

interface ServiceRequest {
  readonly service: string
  /** Where the service is named. */
  readonly source: string
  /** The servicefile parameter or PGSERVICEFILE. */
  readonly file: string | undefined
  /** Where the file is named. */
  readonly fileSource: string | undefined
  readonly env: Environment
  readonly io: Io
}

/** libpq reads lines into a buffer of 1024 bytes and rejects lines that fill it. */
const MAX_LINE_BYTES = 1023

/**
 * The values of a service: from the named file or the user's own; if that has no such section, from the system's.
 *
 * @throws ConfigError if a file is malformed, the named one is missing, or no file has the section
 */
export async function readService(request: ServiceRequest): Promise<ReadonlyMap<ParameterName, ServiceValue>> {
  const { service, io } = request
  const searched: string[] = []
  for (const file of candidates(request)) {
    const content = await read(file.path, io)
    searched.push(file.path)
    if (content === "absent" && !file.required) continue
    if (content === "absent" || "problem" in content)
      throw failure(
        "PGSD_CONFIG_FILE",
        `service file "${file.path}" not found`,
        request.fileSource ?? request.source,
        content === "absent" ? undefined : `it exists but cannot be read: ${content.problem}`,
      )
    const values = parseServiceFile(content.text, service, file.path)
    if (values !== undefined) return values
  }
  throw failure(
    "PGSD_CONFIG_NOT_FOUND",
    `definition of service "${service}" not found`,
    request.source,
    `searched: ${searched.join(", ") || "no service file"}`,
  )
}

function candidates({ file, env, io }: ServiceRequest): { path: string; required: boolean }[] {
  const home = homeDirectory(env, io)
  const own =
    file !== undefined
      ? [{ path: file, required: true }]
      : home === undefined
        ? []
        : [{ path: `${home}/.pg_service.conf`, required: false }]
  const system = env.PGSYSCONFDIR !== undefined ? [env.PGSYSCONFDIR] : io.serviceDirectories
  return [...own, ...system.map((folder) => ({ path: `${folder}/pg_service.conf`, required: false }))]
}

// An existing file that cannot be opened is an error, even a default one; a folder can be opened, and has no lines.
async function read(path: string, io: Io): Promise<{ text: string } | { problem: string } | "absent"> {
  try {
    return { text: Buffer.from(await io.readFile(path)).toString("utf8") }
  } catch (error) {
    const code = errnoOf(error)
    if (code === "EISDIR") return { text: "" }
    return code === "ENOENT" || code === "ENOTDIR" ? "absent" : { problem: fileProblem(error) }
  }
}

/** One section of a service file; undefined if there is no such section (fe-connect.c, parseServiceFile). */
export function parseServiceFile(content: string, service: string, path: string): ReadonlyMap<ParameterName, ServiceValue> | undefined {
  const values = new Map<ParameterName, ServiceValue>()
  let found = false
  const lines = content.split("\n")
  for (const [index, raw] of lines.entries()) {
    const number = index + 1
    const bytes = Buffer.byteLength(raw) + (number < lines.length ? 1 : 0)
    if (bytes >= MAX_LINE_BYTES) throw failure("PGSD_CONFIG_SYNTAX", `line ${number} too long in service file "${path}"`)
    const line = raw.replace(/^[ \t\n\v\f\r]+/, "").replace(/[ \t\n\v\f\r]+$/, "")
    if (line === "" || line.startsWith("#")) continue
    if (line.startsWith("[")) {
      if (found) return values
      found = line.startsWith(`[${service}]`)
    } else if (found) {
      readEntry(line, number, path, values)
    }
  }
  return found ? values : undefined
}

function readEntry(line: string, number: number, path: string, values: Map<ParameterName, ServiceValue>): void {
  const source = `service file "${path}", line ${number}`
  if (line.startsWith("ldap"))
    throw failure("PGSD_CONFIG_UNSUPPORTED", `LDAP lookup of service parameters is not supported in service file "${path}", line ${number}`)
  const separator = line.indexOf("=")
  const key = line.slice(0, separator)
  if (key === "service" || key === "servicefile")
    throw failure("PGSD_CONFIG_SYNTAX", `nested ${key} specifications not supported in service file "${path}", line ${number}`)
  if (separator === -1 || !isParameterName(key)) {
    const trimmed = key.trim()
    const hint =
      separator === -1
        ? "a line is KEYWORD=VALUE"
        : isParameterName(trimmed)
          ? "no spaces around ="
          : "the line does not start with a libpq keyword"
    throw failure("PGSD_CONFIG_SYNTAX", `syntax error in service file "${path}", line ${number}`, undefined, hint)
  }
  if (!values.has(key)) values.set(key, { value: line.slice(separator + 1), source })
}

function failure(code: ConfigErrorCode, message: string, source?: string, hint?: string): ConfigError {
  return new ConfigError([{ code, message, key: "service", source, hint }])
}
