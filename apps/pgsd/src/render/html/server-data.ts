import type { Finding, PreflightReport } from "@pgsd/connector"
import type { Side } from "../../model/report.ts"
import { printable } from "../printable.ts"
import { SIGNS } from "../verify-text.ts"
import type { FindingData, ServerData } from "./page-data.ts"

/** The server, how it was reached and as whom, and the preflight's findings. */
export function serverData(side: "source" | "target", { place, server }: Side, preflight: PreflightReport | undefined): ServerData {
  const facts: [string, string | undefined][] = [
    ["version", versionText(server, preflight)],
    ["role", preflight?.permissions?.role.name ?? preflight?.connection?.user],
    ["encryption", preflight?.connection === undefined ? undefined : tlsText(preflight.connection)],
    ["authentication", preflight?.connection?.authentication],
    ["state", stateText(preflight)],
  ]
  return {
    side,
    place: printable(place),
    facts: facts.flatMap(([label, value]) => (value === undefined ? [] : [[label, printable(value)] as const])),
    findings: (preflight?.findings ?? []).map(findingData),
  }
}

function versionText(server: string, preflight: PreflightReport | undefined): string {
  const { flavour, addOns = [] } = preflight?.flavour ?? {}
  const also = [...(flavour === undefined || flavour === "postgresql" || flavour === "unknown" ? [] : [flavour]), ...addOns]
  return also.length === 0 ? server : `${server} (${also.join(", ")})`
}

const VERIFIED = {
  none: "certificate not verified",
  ca: "certificate's chain verified, its name not",
  full: "certificate verified",
} as const

function tlsText({ tls, tlsVerified, host, driver }: NonNullable<PreflightReport["connection"]>): string | undefined {
  if (tls !== undefined) return [tls.protocol, tls.cipher, ...(tlsVerified === undefined ? [] : [VERIFIED[tlsVerified]])].join(", ")
  if (host === undefined || driver === "pglite") return "none: it runs inside the process"
  return host.startsWith("/") ? "none: a socket of this machine" : "none: TLS is off"
}

function stateText(preflight: PreflightReport | undefined): string | undefined {
  if (preflight?.readOnly === undefined) return undefined
  return preflight.readOnly.standby ? "standby" : "primary"
}

function findingData({ level, found, why, fix, statements }: Finding): FindingData {
  return {
    level,
    sign: SIGNS[level],
    found: printable(found),
    ...(why !== undefined && { why: printable(why) }),
    ...(fix !== undefined && { fix: printable(fix) }),
    ...(statements !== undefined && { statements: statements.map(printable) }),
  }
}
