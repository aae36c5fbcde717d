import { X509Certificate } from "node:crypto"
import type { Socket } from "node:net"
import { type ConnectionOptions, connect, type SecureContext, type TLSSocket } from "node:tls"
import { place } from "../../classify.ts"
import type { DriverErrorCode } from "../../codes.ts"
import type { TlsInfo } from "../../contract.ts"
import { type ConnectionPlace, DatabaseConnectionError } from "../../errors.ts"
import type { TlsSettings } from "../../target.ts"
import { certificateMismatch } from "./certificate-identity.ts"
import { ignore } from "./connect-socket.ts"
import { socketOutcome } from "./socket-outcome.ts"

/** The ALPN protocol name (IANA registry), sent with both kinds of negotiation, as libpq 17 does. */
const ALPN = "postgresql"

export interface SecureRequest {
  readonly host: string
  readonly settings: TlsSettings
  readonly context: SecureContext
  readonly signal: AbortSignal
  readonly at: ConnectionPlace
}

/**
 * Performs the handshake, then the checks: chain and revocation by OpenSSL, names by libpq's rule, protocol by ALPN. Nothing is sent before
 * they pass.
 */
export async function secureSocket(socket: Socket, request: SecureRequest): Promise<TLSSocket> {
  const { settings, signal, at } = request
  const secured = connect(connectionOptions(socket, request))
  secured.on("error", ignore)
  try {
    await socketOutcome<void>(secured, signal, closedInHandshake, (resolve) => ({ secureConnect: () => resolve() })).catch((error) => {
      if (!signal.aborted && settings.negotiation === "direct" && isBreak(error)) throw noDirectTls(at, error)
      throw error
    })
    verify(secured, request)
    return secured
  } catch (error) {
    secured.destroy()
    throw error
  }
}

function connectionOptions(socket: Socket, { host, settings, context }: SecureRequest): ConnectionOptions {
  return {
    socket,
    secureContext: context,
    ALPNProtocols: [ALPN],
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 has no effect.
    rejectUnauthorized: settings.verify !== "none",
    // Node's name check differs from libpq's, which verify() applies.
    checkServerIdentity: () => undefined,
    ...(sendsServerName(host, settings) && { servername: host }),
  }
}

/** libpq's rule for SNI: not for an address, which is anything of digits and dots, or with a colon. */
function sendsServerName(host: string, settings: TlsSettings): boolean {
  return (settings.sni ?? true) && !/^[\d.]*$/.test(host) && !host.includes(":")
}

function verify(secured: TLSSocket, { host, settings, at }: SecureRequest): void {
  const { alpnProtocol } = secured
  if (alpnProtocol !== ALPN && (settings.negotiation === "direct" || typeof alpnProtocol === "string"))
    throw failure(
      "PGSD_TLS_FAILED",
      at,
      `the server did not agree on the protocol "${ALPN}" in the handshake (ALPN)`,
      "is there a proxy that terminates TLS in front of it?",
    )
  if (settings.verify === "none") return
  if (!secured.authorized) throw failure("PGSD_TLS_UNTRUSTED", at, "the server's certificate was not verified")
  if (settings.verify === "ca") return
  const mismatch = certificateMismatch(host, secured.getPeerCertificate())
  if (mismatch !== undefined)
    throw failure(
      "PGSD_TLS_HOSTNAME",
      at,
      mismatch,
      "connect by a name in the certificate, or use sslmode=verify-ca if the name does not matter",
    )
}

export function tlsInfoOf(secured: TLSSocket): TlsInfo {
  // Not getPeerX509Certificate(): on Node 20 it consumes the certificate, and channel binding would find none.
  const { raw } = secured.getPeerCertificate()
  return {
    protocol: secured.getProtocol() ?? "unknown",
    cipher: secured.getCipher().name,
    ...(raw !== undefined && { peerCertificate: certificateInfo(new X509Certificate(raw)) }),
  }
}

function certificateInfo(certificate: X509Certificate): NonNullable<TlsInfo["peerCertificate"]> {
  const { subject, issuer, subjectAltName, validFrom, validTo, fingerprint256 } = certificate
  return {
    subject: oneLine(subject),
    issuer: oneLine(issuer),
    ...(subjectAltName !== undefined && { subjectAltName }),
    validFrom,
    validTo,
    fingerprint256,
  }
}

// Node prints each part of a distinguished name on its own line; a certificate may have no subject.
function oneLine(name: string | undefined): string {
  return (name ?? "").split("\n").join(", ")
}

function closedInHandshake(): Error {
  return Object.assign(new Error("the server closed the connection during the TLS handshake"), { code: "ECONNRESET" })
}

function isBreak(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  return code === "ECONNRESET" || code === "EPIPE" || code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG"
}

function noDirectTls(at: ConnectionPlace, cause: unknown): DatabaseConnectionError {
  return failure(
    "PGSD_TLS_UNSUPPORTED",
    at,
    "the server does not answer a TLS handshake without a request first",
    'direct TLS needs PostgreSQL 17 or newer; use negotiation "postgres" (sslnegotiation=postgres)',
    cause,
  )
}

function failure(code: DriverErrorCode, at: ConnectionPlace, fact: string, hint?: string, cause?: unknown): DatabaseConnectionError {
  return new DatabaseConnectionError(code, `${place(at)}: ${fact}${hint === undefined ? "" : ` (${hint})`}`, {
    ...at,
    phase: "tls",
    hint,
    cause,
  })
}
