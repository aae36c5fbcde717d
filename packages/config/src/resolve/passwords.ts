import { type Host, hostName } from "@pgsd/driver"
import { ConfigError } from "../errors.ts"
import type { Io } from "../io.ts"
import { PasswordChain, passwordSources } from "../password/chain.ts"
import { passwordFileProblem } from "../password/file-source.ts"
import type { PasswordTarget } from "../password/sources.ts"
import type { Findings } from "./findings.ts"
import { type Environment, homeDirectory } from "./home.ts"
import type { ResolvedHost } from "./hosts.ts"
import type { ResolveOptions } from "./options.ts"
import { nonEmpty, type Settings } from "./settings.ts"
import { isSocketDirectoryOn, type SocketDirectories } from "./sockets.ts"

interface PasswordsRequest {
  readonly settings: Settings
  readonly resolved: readonly ResolvedHost[]
  readonly user: string
  readonly database: string
  readonly sockets: SocketDirectories
  readonly options: ResolveOptions
  readonly env: Environment
  readonly io: Io
  readonly findings: Findings
}

/** The password sources, in order, and the fields to match in the password file. */
export async function resolvePasswords(request: PasswordsRequest): Promise<PasswordChain> {
  const { settings, options, env, io, findings } = request
  const layered = settings.get("password")
  const passwordFile = passwordFilePath(settings, env, io)
  const isGiven = options.password !== undefined || (layered !== undefined && layered.value !== "")
  if (!isGiven && passwordFile !== undefined) {
    const problem = await passwordFileProblem(passwordFile, io)
    if (problem?.message !== undefined) findings.warn("PASSFILE_IGNORED", problem.message)
  }
  const sources = passwordSources({
    input: options.password,
    layered,
    environmentFile: options.envFiles ? environmentFile(env) : undefined,
    passwordFile,
    prompt: options.prompt,
    env,
    io,
  })
  return new PasswordChain(sources, (host) => targetOf(host, request))
}

// An empty passfile means none; PGPASSFILE has been merged into it.
function passwordFilePath(settings: Settings, env: Environment, io: Io): string | undefined {
  const given = nonEmpty(settings, "passfile")
  if (given !== undefined) return given
  const home = homeDirectory(env, io)
  return home === undefined ? undefined : io.platform === "win32" ? `${home}\\pgpass.conf` : `${home}/.pgpass`
}

// The convention of container images: a variable and its _FILE form are mutually exclusive.
function environmentFile(env: Environment): string | undefined {
  if (env.PGPASSWORD_FILE === undefined) return undefined
  if (env.PGPASSWORD !== undefined)
    throw new ConfigError([
      {
        code: "PGSD_CONFIG_INVALID_VALUE",
        key: "password",
        message: "both PGPASSWORD and PGPASSWORD_FILE are set (but are exclusive)",
        source: "environment",
      },
    ])
  return env.PGPASSWORD_FILE
}

async function targetOf(host: Host, { resolved, user, database, sockets, io }: PasswordsRequest): Promise<PasswordTarget> {
  const portText = resolved.find((each) => isSame(each.host, host))?.portText ?? String(host.port)
  const name = hostName(host) || "localhost"
  // Compared as a string, whatever address is dialled: the name may be that folder while hostaddr is another server.
  const isDefault = isSocketDirectoryOn(io.platform, name) && name === (await sockets.default(host.port))?.directory
  return { fileHost: isDefault ? "localhost" : name, portText, host: name, port: host.port, user, database }
}

function isSame(a: Host, b: Host): boolean {
  if (a.kind === "unix" || b.kind === "unix") return a.kind === "unix" && b.kind === "unix" && a.path === b.path
  return a.name === b.name && a.address === b.address && a.port === b.port
}
