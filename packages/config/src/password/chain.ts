import { type Host, hostAndPort, isSecret, type PasswordReport, type Secret, secret } from "@pgsd/driver"
import { ConfigError } from "../errors.ts"
import type { Io } from "../io.ts"
import type { Environment } from "../resolve/home.ts"
import { passwordFileSource, secretFileSource } from "./file-source.ts"
import type { PasswordInput, PasswordProvider } from "./input.ts"
import { keyringProvider, type LoadKeyring } from "./keyring.ts"
import { providerSource } from "./provider.ts"
import type { PasswordAnswer, PasswordSourceEntry, PasswordTarget } from "./sources.ts"

const PROVIDER_TIMEOUT_MS = 10_000
/** A keystore and a prompt may wait for the user. */
const PERSON_TIMEOUT_MS = 30_000

interface PasswordChainOptions {
  readonly input: PasswordInput | undefined
  /** The value from libpq's layers, with its source; an empty one counts as none, but is reported. */
  readonly layered: { readonly value: string; readonly source: string } | undefined
  readonly environmentFile: string | undefined
  readonly passwordFile: string | undefined
  readonly prompt: PasswordProvider | undefined
  readonly env: Environment
  readonly io: Io
  readonly loadKeyring?: LoadKeyring | undefined
}

/** The sources in order: the database's password setting, libpq's layers, the password file, the prompt. */
export function passwordSources(options: PasswordChainOptions): readonly PasswordSourceEntry[] {
  const { input, layered, environmentFile, passwordFile, prompt, env, io } = options
  const sources: PasswordSourceEntry[] = []
  if (input !== undefined) sources.push(inputSource(input, env, io, options.loadKeyring))
  if (layered !== undefined) sources.push(constantSource(layered.source, layered.value))
  else sources.push({ name: "environment variable PGPASSWORD", read: async () => ({ none: "not set" }) })
  if (environmentFile !== undefined) sources.push(secretFileSource(environmentFile, `file "${environmentFile}" (PGPASSWORD_FILE)`, io))
  if (passwordFile !== undefined) sources.push(passwordFileSource(passwordFile, io))
  if (prompt !== undefined)
    sources.push(providerSource(prompt, { name: "prompt", timeoutMs: Number.POSITIVE_INFINITY, ttlMs: Number.POSITIVE_INFINITY }))
  return sources
}

function constantSource(name: string, value: string | Secret): PasswordSourceEntry {
  const answer: PasswordAnswer = value === "" ? { none: "empty" } : { password: secret(value) }
  return { name, read: async () => answer }
}

function inputSource(input: PasswordInput, env: Environment, io: Io, loadKeyring: LoadKeyring | undefined): PasswordSourceEntry {
  if (typeof input === "string" || isSecret(input)) return constantSource("the password option", input)
  if (typeof input === "function") return providerSource(input, { name: "password provider", timeoutMs: PROVIDER_TIMEOUT_MS, ttlMs: 0 })
  if (typeof input !== "object" || input === null) throw noSuchForm()
  if ("file" in input) return secretFileSource(input.file, `file "${input.file}"`, io)
  if ("env" in input) return variableSource(input.env, env)
  if ("provider" in input) {
    const { provider, name = "password provider", timeoutMs = PROVIDER_TIMEOUT_MS, ttlMs = 0 } = input
    return providerSource(provider, { name, timeoutMs, ttlMs })
  }
  if ("command" in input) return commandSource(input.command, input.timeoutMs, input.ttlMs, env)
  if ("keyring" in input) {
    const { service, account } = input.keyring
    const name = `operating system keystore (service "${service}")`
    const provider = keyringProvider(name, service, account, loadKeyring)
    return providerSource(provider, { name, timeoutMs: input.timeoutMs ?? PERSON_TIMEOUT_MS, ttlMs: 0 })
  }
  throw noSuchForm()
}

function noSuchForm(): ConfigError {
  return new ConfigError([
    {
      code: "PGSD_CONFIG_INVALID_VALUE",
      key: "password",
      message: "the password option must be a string, a Secret, a function, { file }, { env }, { command }, { keyring } or { provider }",
    },
  ])
}

function variableSource(name: string, env: Environment): PasswordSourceEntry {
  const value = env[name]
  const source = `environment variable ${name}`
  return value === undefined ? { name: source, read: async () => ({ none: "not set" }) } : constantSource(source, value)
}

function commandSource(command: readonly string[], timeoutMs = PROVIDER_TIMEOUT_MS, ttlMs = 0, env: Environment = {}): PasswordSourceEntry {
  // The name omits the arguments: one may be a secret.
  const name = `command ${(command[0] ?? "").replace(/^.*[\\/]/, "")}`
  const provider: PasswordProvider = async (request) => (await import("./command.ts")).commandProvider(name, command, env)(request)
  return providerSource(provider, { name, timeoutMs, ttlMs })
}

/** Tries the sources in order, and keeps the result of each per host for error messages. */
export class PasswordChain {
  readonly #sources: readonly PasswordSourceEntry[]
  readonly #queryOf: (host: Host) => Promise<PasswordTarget>
  readonly #reports = new Map<string, PasswordReport>()

  constructor(sources: readonly PasswordSourceEntry[], queryOf: (host: Host) => Promise<PasswordTarget>) {
    this.#sources = sources
    this.#queryOf = queryOf
  }

  get names(): readonly string[] {
    return this.#sources.map((source) => source.name)
  }

  /** @throws ConfigError PGSD_PASSWORD_MISSING if no source has one, PGSD_PASSWORD_FAILED if a configured one fails */
  async password(host: Host, options: { signal?: AbortSignal | undefined; fresh?: boolean | undefined } = {}): Promise<Secret> {
    const { signal = new AbortController().signal, fresh = false } = options
    signal.throwIfAborted()
    const query = { ...(await this.#queryOf(host)), signal, fresh }
    const tried: string[] = []
    for (const source of this.#sources) {
      const answer = await source.read(query)
      if ("password" in answer) {
        this.#report(host, { from: source.name, tried })
        return answer.password
      }
      tried.push(`${source.name} (${answer.none})`)
    }
    this.#report(host, { tried })
    throw missing(query, tried)
  }

  report(host: Host): PasswordReport {
    return this.#reports.get(keyOf(host)) ?? { tried: [] }
  }

  #report(host: Host, report: PasswordReport): void {
    this.#reports.set(keyOf(host), Object.freeze({ ...report, tried: Object.freeze([...report.tried]) }))
  }
}

// Called only when the server requests a password, so a missing one is libpq's error, with the sources searched, which libpq omits.
function missing({ user, host, port }: PasswordTarget, tried: readonly string[]): ConfigError {
  const message = `no password supplied for user "${user}" on ${hostAndPort(host, port)}`
  return new ConfigError([{ code: "PGSD_PASSWORD_MISSING", message, key: "password", hint: `tried, in this order: ${tried.join(", ")}` }])
}

function keyOf(host: Host): string {
  return host.kind === "unix" ? host.path : `${host.name ?? ""} ${host.address ?? ""} ${host.port}`
}
