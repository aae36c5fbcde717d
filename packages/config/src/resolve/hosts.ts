import type { Host } from "@pgsd/driver"
import type { Io } from "../io.ts"
import { echoValue, quoting } from "../parse/echo.ts"
import { HOST_CONTAINS_AT } from "../parse/uri.ts"
import { numericAddress } from "./addresses.ts"
import type { Findings } from "./findings.ts"
import { parseInteger } from "./integers.ts"
import { nonEmpty, type Settings } from "./settings.ts"
import { isSocketDirectoryOn, type SocketDirectories, socketPath, socketPathLimit } from "./sockets.ts"

const DEFAULT_PORT = "5432"

/** A host, and its port as written, which the password file is searched for. */
export interface ResolvedHost {
  readonly host: Host
  readonly portText: string
}

/**
 * The list of hosts, as libpq builds it from host, hostaddr and port (fe-connect.c, connectOptions2): hostaddr, or else host, determines
 * their number; an empty element is the default; there is one port, or one per host.
 */
export async function resolveHosts(
  settings: Settings,
  portIsDelicate: boolean,
  sockets: SocketDirectories,
  io: Io,
  findings: Findings,
): Promise<ResolvedHost[]> {
  const addresses = listOf(settings, "hostaddr")
  const names = listOf(settings, "host")
  const count = addresses?.length ?? names?.length ?? 1
  if (names !== undefined && names.length !== count) {
    const hint =
      settings.get("hostaddr")?.layer === "environment"
        ? "PGHOSTADDR applies to every connection, including those with a host of their own"
        : undefined
    findings.issue("PGSD_CONFIG_INVALID_VALUE", `could not match ${names.length} host names to ${count} hostaddr values`, {
      key: "hostaddr",
      source: settings.get("hostaddr")?.source,
      hint,
    })
    return []
  }
  warnAboutRedirection(settings, findings)
  const ports = listOf(settings, "port") ?? [""]
  if (ports.length !== 1 && ports.length !== count) {
    const message = `could not match ${ports.length} port numbers to ${count} hosts`
    findings.issue("PGSD_CONFIG_INVALID_VALUE", message, {
      key: "port",
      source: settings.get("port")?.source,
      hint: "give one port, or one for each host",
    })
    return []
  }
  const found: ResolvedHost[] = []
  for (let index = 0; index < count; index++) {
    const portText = (ports.length === 1 ? ports[0] : ports[index]) || DEFAULT_PORT
    const port = readPort(portText, settings, portIsDelicate, findings)
    if (port === undefined) continue
    const host = await resolveHost(names?.[index] ?? "", addresses?.[index] ?? "", port, settings, sockets, io, findings)
    if (host !== undefined) found.push({ host, portText })
  }
  return found
}

// libpq applies the variable to every connection, even to one with a host, which then connects elsewhere.
function warnAboutRedirection(settings: Settings, findings: Findings): void {
  const address = settings.get("hostaddr")
  const host = settings.get("host")
  if (address?.layer !== "environment" || address.value === "" || !host?.value || host.layer === "environment") return
  findings.warn(
    "REDIRECTED_BY_VARIABLE",
    `environment variable PGHOSTADDR decides which address is dialled, although the ${host.source} names the host: unset it, or give hostaddr`,
  )
}

function listOf(settings: Settings, key: "host" | "hostaddr" | "port"): string[] | undefined {
  return nonEmpty(settings, key)?.split(",")
}

function readPort(text: string, settings: Settings, delicate: boolean, findings: Findings): number | undefined {
  const port = parseInteger(text)
  if (port !== undefined && port >= 1 && port <= 65_535) return port
  const shown = delicate && !/^\d+$/.test(text) ? undefined : echoValue(text)
  const message =
    port === undefined
      ? `invalid integer value${shown === undefined ? "" : ` ${shown}`} for connection option "port"`
      : quoting("invalid port number:", shown)
  const hint =
    delicate && port === undefined
      ? 'a "/" in the password must be written %2F, an "@" %40 and a ":" in the user name %3A; an IPv6 address is written in brackets'
      : "a port is a number from 1 to 65535"
  findings.issue("PGSD_CONFIG_INVALID_VALUE", message, { key: "port", source: settings.get("port")?.source, hint })
  return undefined
}

async function resolveHost(
  name: string,
  address: string,
  port: number,
  settings: Settings,
  sockets: SocketDirectories,
  io: Io,
  findings: Findings,
): Promise<Host | undefined> {
  if (address !== "") {
    const numeric = numericAddress(address)
    if (numeric !== undefined) return { kind: "tcp", ...(name === "" ? {} : { name }), address: numeric, port }
    const message = quoting("could not parse network address", echoValue(address))
    findings.issue("PGSD_CONFIG_INVALID_VALUE", message, {
      key: "hostaddr",
      source: settings.get("hostaddr")?.source,
      hint: "hostaddr takes IP addresses; names belong in host",
    })
    return undefined
  }
  if (name === "") {
    const standard = await sockets.default(port)
    if (standard === undefined) return { kind: "tcp", name: "localhost", port }
    if (standard.problem !== undefined) findings.warn("SOCKET_NOT_FOUND", standard.problem)
    return unixHost(standard.directory, port, settings, io, findings)
  }
  if (isSocketDirectoryOn(io.platform, name)) return unixHost(name, port, settings, io, findings)
  if (!isDialable(name, settings, findings)) return undefined
  return { kind: "tcp", name, port }
}

function unixHost(directory: string, port: number, settings: Settings, io: Io, findings: Findings): Host | undefined {
  const path = socketPath(directory, port)
  const limit = socketPathLimit(io.platform)
  if (Buffer.byteLength(path) <= limit) return { kind: "unix", directory, port, path }
  const message = quoting("Unix-domain socket path", echoValue(path), ` is too long (maximum ${limit} bytes)`)
  findings.issue("PGSD_CONFIG_INVALID_VALUE", message, { key: "host", source: settings.get("host")?.source })
  return undefined
}

// No resolver accepts such a character: libpq would fail, too, and show the name, which may be part of a password.
function isDialable(name: string, settings: Settings, findings: Findings): boolean {
  const culprit = /[@=%\s\\]/.exec(name)?.[0]
  // `%` also separates an address from its zone: fe80::1%eth0.
  if (culprit === undefined || numericAddress(name) !== undefined) return true
  const hint =
    culprit === "@" ? HOST_CONTAINS_AT : culprit === "=" ? "an empty value must be written as '' before the next keyword" : undefined
  findings.issue("PGSD_CONFIG_INVALID_VALUE", `could not translate host name to address: it contains "${culprit}"`, {
    key: "host",
    source: settings.get("host")?.source,
    hint,
  })
  return false
}
