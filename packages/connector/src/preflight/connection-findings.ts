import { type ConnectionInfo, hostAndPort, isLoopback, isSocketDirectory, type SslMode } from "@pgsd/driver"
import type { Finding, FindingLevel } from "../finding.ts"
import type { PreflightOptions } from "./preflight-report.ts"

/** Facts that a connection does not provide. */
export interface PreflightContext {
  readonly driver?: string | undefined
  readonly label?: string | undefined
  readonly tls?: { readonly mode: SslMode; readonly verify: "none" | "ca" | "full" } | undefined
}

const EXPIRY_WARNING_MS = 30 * 24 * 3600 * 1000

/** Address, encryption and authentication of the connection. */
export function connectionFindings(info: ConnectionInfo, options: PreflightOptions, context: PreflightContext): Finding[] {
  return [reached(info), encryption(info, options, context), certificate(info), authentication(info)].filter((each) => each !== undefined)
}

/** How far the certificate was verified; undefined if unknown or not encrypted. */
export function verificationOf(info: ConnectionInfo, context: PreflightContext): "none" | "ca" | "full" | undefined {
  return info.tls === undefined ? undefined : context.tls?.verify
}

function reached(info: ConnectionInfo): Finding {
  const { host, address, port } = info
  const where =
    host === undefined ? info.label : isSocketDirectory(host) ? `${host} (Unix socket)` : `${hostAndPort(host, port!)}${via(host, address)}`
  return { id: "connect", level: "ok", found: `connected to ${where} in ${Math.round(info.connectTimeMs)} ms` }
}

function via(host: string, address: string | undefined): string {
  return address === undefined || address === host ? "" : ` [${address}]`
}

function encryption(info: ConnectionInfo, options: PreflightOptions, context: PreflightContext): Finding | undefined {
  const { host, tls } = info
  if (host === undefined) return undefined
  const weak: FindingLevel = options.requireVerifiedTls === true ? "fail" : "warn"
  if (tls === undefined) return plain(info, weak, context)
  const text = `${tls.protocol}, ${tls.cipher}`
  const verified = verificationOf(info, context)
  if (verified === "full") return { id: "tls.verified", level: "ok", found: `${text}; certificate and host name verified` }
  if (verified === "ca")
    return {
      id: "tls.name-unverified",
      level: "info",
      found: `${text}; certificate verified, but not for host "${host}"`,
      why: "any server with a certificate from the same CA could respond",
      fix: "sslmode=verify-full",
    }
  if (verified === undefined) return { id: "tls", level: "info", found: `${text}; whether the certificate was verified is unknown` }
  return {
    id: "tls.unverified",
    level: weak,
    found: `${text}; the certificate was not verified`,
    why: "an attacker who redirects the connection can read it and impersonate the server",
    fix: "sslmode=verify-full with sslrootcert (a file, or system)",
  }
}

function plain(info: ConnectionInfo, weak: FindingLevel, context: PreflightContext): Finding {
  const { host = "" } = info
  if (isSocketDirectory(host)) return { id: "tls.local", level: "ok", found: "a Unix socket: no traffic leaves this machine" }
  if (isLoopback(info.address ?? host))
    return { id: "tls.local", level: weak === "fail" ? "fail" : "ok", found: "not encrypted, but local", fix: "sslmode=require" }
  const asked = context.tls === undefined ? "" : ` (sslmode=${context.tls.mode})`
  return {
    id: "tls.plain",
    level: weak,
    found: `not encrypted${asked}`,
    why: "queries, results and possibly the password can be read in transit",
    fix: "sslmode=verify-full with sslrootcert; if the server does not support TLS, have it enabled",
  }
}

function certificate(info: ConnectionInfo): Finding | undefined {
  const peer = info.tls?.peerCertificate
  if (peer === undefined) return undefined
  const left = Date.parse(peer.validTo) - Date.now()
  if (Number.isNaN(left) || left > EXPIRY_WARNING_MS) return undefined
  return {
    id: "tls.expiry",
    level: "warn",
    found: `the server's certificate ${left < 0 ? "expired on" : "is valid until"} ${peer.validTo}`,
    why: "connections that verify it fail after that date",
    fix: "renew the certificate",
  }
}

function authentication(info: ConnectionInfo): Finding | undefined {
  const { authentication: method, host, user } = info
  if (host === undefined || method === "unknown") return undefined
  const far = !isSocketDirectory(host) && !isLoopback(info.address ?? host)
  const found = `authenticated as "${user}" by ${method}`
  if (method === "trust")
    return {
      id: "auth.trust",
      level: far ? "warn" : "info",
      found: `the server accepted "${user}" without a password (trust, peer or a certificate)`,
      ...(far && {
        why: "with trust in pg_hba.conf, every client on that network can log in as any role",
        fix: "use scram-sha-256 in pg_hba.conf",
      }),
    }
  if (method === "password" && info.tls === undefined && far)
    return {
      id: "auth.cleartext",
      level: "warn",
      found: `${found}: the password was sent over the network in plain text`,
      why: "it can be read in transit",
      fix: "use scram-sha-256 in pg_hba.conf, and TLS",
    }
  if (method === "md5")
    return {
      id: "auth.md5",
      level: "info",
      found,
      why: "md5 is deprecated since PostgreSQL 18",
      fix: "password_encryption = scram-sha-256, then set the password again",
    }
  return { id: "auth", level: "ok", found }
}
