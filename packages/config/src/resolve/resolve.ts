import type { ConnectionConfig, TargetSessionAttrs } from "@pgsd/driver"
import { throwIssues } from "../errors.ts"
import { deepFreeze } from "../freeze.ts"
import type { ParameterName, Parameters } from "../parameters/table.ts"
import { isUri } from "../parse/uri.ts"
import { resolveEncryption } from "./encryption.ts"
import { rememberExplanation } from "./explain.ts"
import { Findings } from "./findings.ts"
import { resolveHosts } from "./hosts.ts"
import { completeIo, mergeLayers } from "./layers.ts"
import { checkOptions, type ProfileLayer, type ResolveOptions } from "./options.ts"
import { resolvePasswords } from "./passwords.ts"
import { checkRefused, warnAboutNoEffect } from "./refused.ts"
import { resolveSession, startupSources } from "./session.ts"
import { nonEmpty, type Setting } from "./settings.ts"
import { socketDirectories } from "./sockets.ts"
import { Validator } from "./validate.ts"

/**
 * Resolves the connection to one database by libpq's rules: connection string over service file over environment over defaults, password
 * and certificate files, lists of hosts. Changes nothing global; with `env: {}` no variable has any effect. The result is frozen and prints
 * no secret.
 *
 * @param connection a connection string or URL, with `more` for everything else; or all options in one; without: from the environment, like
 * psql
 * @throws ConfigError with every problem found
 */
export async function resolveConnection(
  connection: string | URL | ResolveOptions = {},
  more: Omit<ResolveOptions, "connection"> = {},
): Promise<ConnectionConfig> {
  const options: ResolveOptions =
    typeof connection === "string" || connection instanceof URL ? { ...more, connection: String(connection) } : connection
  checkOptions(options)
  return resolveUnder([{ source: "override", parameters: given(options.overrides) }], options)
}

/** The same, with several layers above the connection, strongest first; empty values in them count. */
export async function resolveUnder(above: readonly ProfileLayer[], options: Omit<ResolveOptions, "overrides">): Promise<ConnectionConfig> {
  const env = options.env ?? process.env
  const io = completeIo(options.io)
  const findings = new Findings()
  const { settings, portIsDelicate, accident } = await mergeLayers(above, options, env, io, findings)
  refuseConnectionStrings(settings, findings)
  const sockets = socketDirectories(options.defaultSocketDirectory, io)
  const resolved = await resolveHosts(settings, portIsDelicate, sockets, io, findings)
  const hosts = resolved.map(({ host }) => host)
  const validator = new Validator(settings, findings)
  const user = nonEmpty(settings, "user")
  if (user === undefined) noUser(findings)
  const channelBinding = validator.choice<"disable" | "prefer" | "require">("channel_binding") ?? "prefer"
  const requireAuth = validator.requireAuth()
  const tls = await resolveEncryption({ settings, hosts, validator, keyPassphrase: options.keyPassphrase, env, io, findings })
  const targetSessionAttrs = validator.choice<TargetSessionAttrs>("target_session_attrs") ?? "any"
  const loadBalanceHosts = validator.choice("load_balance_hosts") === "random"
  const timeout = validator.integer("connect_timeout")
  const keepAlive = validator.keepAlive()
  const maxProtocol = validator.choice("max_protocol_version")
  checkRefused(settings, hosts, validator)
  warnAboutNoEffect(settings, findings)
  const session = resolveSession(settings, env, findings)
  const database = nonEmpty(settings, "dbname") ?? user ?? ""
  const chain = await resolvePasswords({ settings, resolved, user: user ?? "", database, sockets, options, env, io, findings })
  // A port that is not a number has the same cause, and libpq's message.
  const isSaid = findings.issues.some(({ key, message }) => key === "port" || message === accident?.message)
  if (accident !== undefined && !isSaid) findings.issues.unshift(accident)
  throwIssues(findings.issues)
  const config: ConnectionConfig = {
    hosts,
    user: user!,
    database,
    tls,
    session,
    auth: { channelBinding, requireAuth },
    connectTimeoutMs: timeout !== undefined && timeout > 0 ? timeout * 1000 : undefined,
    keepAlive,
    maxProtocolVersion: maxProtocol === "3.0" || maxProtocol === "3.2" ? maxProtocol : undefined,
    targetSessionAttrs,
    loadBalanceHosts,
    password: (host, request) => chain.password(host, request),
    passwordReport: (host) => chain.report(host),
    sources: { ...startupSources(session), ...Object.fromEntries([...settings].map(([key, { source }]) => [key, source])) },
    warnings: findings.warnings,
    label: options.label,
  }
  rememberExplanation(config, settings, chain.names)
  return deepFreeze(config)
}

/** As psql -d, a program may be given one in place of a name; here the connection is for that. */
function refuseConnectionStrings(settings: ReadonlyMap<ParameterName, Setting>, findings: Findings): void {
  for (const key of ["host", "hostaddr", "user", "dbname"] as const) {
    const { value = "", source, layer } = settings.get(key) ?? {}
    if (layer !== "derived" && isUri(value.trimStart()))
      findings.issue("PGSD_CONFIG_INVALID_VALUE", `the value of "${key}" is a connection string`, {
        key,
        source,
        hint: "pass it as the connection: resolveConnection(string)",
      })
  }
  // At once: what follows would quote the value.
  throwIssues(findings.issues)
}

/** Parameters from the command line: an empty string means "not given". */
export function given(overrides: Parameters = {}): Parameters {
  return Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== ""))
}

function noUser(findings: Findings): void {
  findings.issue("PGSD_CONFIG_INVALID_VALUE", `local user with ID ${process.getuid?.() ?? "unknown"} does not exist`, {
    key: "user",
    source: "operating system user",
    hint: "set user or PGUSER",
  })
}
