import { isIP } from "node:net"
import { isSocketDirectory } from "../../hosts.ts"
import { isSecret } from "../../secret.ts"
import type { AuthRule, AuthSettings, KeepAlive, Target } from "../../target.ts"
import { checkBoolean, checkKeys, checkMs, checkOneOf, checkText, invalid } from "./check-shape.ts"
import { socketPath } from "./target-address.ts"
import { validateTls } from "./validate-tls.ts"

type Keys<T> = readonly (keyof T & string)[]

const TARGET_KEYS = [
  "host",
  "address",
  "port",
  "user",
  "database",
  "password",
  "encryption",
  "tls",
  "auth",
  "startup",
  "connectTimeoutMs",
  "keepAlive",
  "maxProtocolVersion",
  "label",
] as const satisfies Keys<Target>
const AUTH_KEYS = ["channelBinding", "requireAuth"] as const satisfies Keys<AuthSettings>
const RULE_KEYS = ["kind", "methods"] as const satisfies Keys<AuthRule>
const RULE_METHODS = ["password", "md5", "gss", "sspi", "scram-sha-256", "oauth", "none"]
const KEEP_ALIVE_KEYS = ["enabled", "idleMs"] as const satisfies Keys<KeepAlive>

/** sizeof sun_path without the final NUL, on Linux and on macOS and the BSDs. */
const LONGEST_SOCKET_PATH = process.platform === "linux" ? 107 : 103

/**
 * Rejects a target that can never be connected to.
 *
 * @throws PgsdError PGSD_INVALID_TARGET, which names the key but never the value
 */
export function validateTarget(target: Target): void {
  checkKeys("a target", target, TARGET_KEYS)
  const { host, address, port, user, database, password, encryption, label, connectTimeoutMs } = target
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535))
    throw invalid("port must be an integer from 1 to 65535")
  validateHost(host, port ?? 5432)
  if (address !== undefined && (typeof address !== "string" || isIP(address) === 0))
    throw invalid("address must be an IP address", "put a host name into host")
  checkText("user", user)
  if (database !== undefined) checkText("database", database)
  if (password !== undefined && typeof password !== "string" && typeof password !== "function" && !isSecret(password))
    throw invalid("password must be a string, a secret or a function")
  if (label !== undefined) checkText("label", label)
  checkMs("connectTimeoutMs", connectTimeoutMs, true)
  checkOneOf("encryption", encryption, ["plain", "tls"])
  checkOneOf("maxProtocolVersion", target.maxProtocolVersion, ["3.0", "3.2"])
  validateTls(target.tls, encryption === "tls" && !isSocketDirectory(host))
  validateAuth(target.auth)
  validateStartup(target.startup)
  validateKeepAlive(target.keepAlive)
}

function validateHost(host: unknown, port: number): void {
  checkText("host", host)
  if (isSocketDirectory(host)) {
    if (Buffer.byteLength(socketPath(host, port)) > LONGEST_SOCKET_PATH)
      throw invalid(`the path of the Unix socket is longer than ${LONGEST_SOCKET_PATH} bytes`)
    return
  }
  if (host.includes("://") || host.includes("=")) throw invalid("host looks like a connection string", "read it with @pgsd/config")
  if (host.includes(",")) throw invalid("host looks like a list", "a target is one host; use a connection factory for a list")
  if (/^\[.*\]$/.test(host)) throw invalid("host is in brackets", "write an IPv6 address without them")
  if (/\s/.test(host)) throw invalid("host contains white space")
}

function validateAuth(auth: unknown): void {
  if (auth === undefined) return
  checkKeys("auth", auth, AUTH_KEYS)
  const { channelBinding, requireAuth } = auth as AuthSettings
  checkOneOf("auth.channelBinding", channelBinding, ["disable", "prefer", "require"])
  if (requireAuth === undefined) return
  checkKeys("auth.requireAuth", requireAuth, RULE_KEYS)
  checkOneOf("auth.requireAuth.kind", requireAuth.kind ?? "", ["allow", "deny"])
  if (!Array.isArray(requireAuth.methods)) throw invalid("auth.requireAuth.methods must be an array")
  for (const method of requireAuth.methods) checkOneOf("each of auth.requireAuth.methods", method ?? "", RULE_METHODS)
}

function validateStartup(startup: unknown): void {
  if (startup === undefined) return
  if (typeof startup !== "object" || startup === null) throw invalid("startup must be an object of strings")
  for (const [name, value] of Object.entries(startup)) {
    checkText("a name in startup", name)
    if (name === "user" || name === "database") throw invalid(`startup may not hold "${name}"`, `${name} is a key of the target`)
    checkText(`startup["${name}"]`, value, { empty: true })
    if (name === "client_encoding" && !/^(utf-?8|unicode)$/i.test(value))
      throw invalid("startup.client_encoding must be UTF8", "strings are encoded and decoded as UTF-8")
  }
}

function validateKeepAlive(keepAlive: unknown): void {
  if (keepAlive === undefined) return
  checkKeys("keepAlive", keepAlive, KEEP_ALIVE_KEYS)
  const { enabled, idleMs } = keepAlive as KeepAlive
  if (enabled === undefined) throw invalid("keepAlive.enabled must be true or false")
  checkBoolean("keepAlive.enabled", enabled)
  checkMs("keepAlive.idleMs", idleMs, false)
}
