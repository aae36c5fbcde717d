import { isIPv6 } from "node:net"

/** The fields of a certificate that the check reads, in the shape of Node's `PeerCertificate`. */
export interface CertificateNames {
  readonly subject?: { readonly CN?: string | readonly string[] | undefined } | undefined
  /** In Node's format: `DNS:db.example.com, IP Address:10.0.0.1`. */
  readonly subjectaltname?: string | undefined
}

/**
 * Checks a certificate's names by libpq's verify-full rule (fe-secure-common.c, pq_verify_peer_name_matches_certificate). Unlike Node's
 * `tls.checkServerIdentity`, `*` matches exactly one whole leftmost label, `*.test` is allowed, a trailing dot is not, and an IP address
 * may be a dNSName or, if the certificate has no iPAddress, the common name.
 *
 * @returns libpq's message for a mismatch, undefined if the certificate matches the host
 */
export function certificateMismatch(host: string, certificate: CertificateNames): string | undefined {
  if (host === "") return "host name must be specified for a verified SSL connection"
  const address = ipBytes(host)
  const examined: string[] = []
  let useCommonName = true
  for (const { type, value } of alternativeNames(certificate.subjectaltname ?? "")) {
    // Any name of the same kind as the host disables the common name, whether it matches or not.
    if (type === (address === undefined ? "DNS" : "IP Address")) useCommonName = false
    if (type !== "DNS" && type !== "IP Address") continue
    examined.push(value)
    if (value.includes("\0")) return "SSL certificate's name contains embedded null" // CVE-2009-4034
    if (type === "DNS" ? nameMatches(value, host) : address !== undefined && ipBytes(value)?.equals(address)) return undefined
  }
  const commonName = [certificate.subject?.CN ?? []].flat()[0]
  if (useCommonName && commonName !== undefined) {
    examined.push(commonName)
    if (commonName.includes("\0")) return "SSL certificate's name contains embedded null"
    if (nameMatches(commonName, host)) return undefined
  }
  return mismatch(host, examined)
}

function mismatch(host: string, [first, ...others]: readonly string[]): string {
  if (first === undefined) return "could not get server's host name from server certificate"
  const more = others.length === 0 ? "" : ` (and ${others.length} other name${others.length === 1 ? "" : "s"})`
  return `server certificate for "${first}"${more} does not match host name "${host}"`
}

function nameMatches(pattern: string, host: string): boolean {
  const name = lower(host)
  const wanted = lower(pattern)
  if (name === wanted) return true
  if (!wanted.startsWith("*.") || wanted.length < 3 || wanted.length > name.length) return false
  return name.endsWith(wanted.slice(1)) && name.indexOf(".") >= name.length - wanted.length + 1
}

// Like pg_strcasecmp: toLowerCase would map the Kelvin sign to k.
function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** Node quotes a value that contains a comma or a quote like JSON, so that one name cannot pass for two (CVE-2021-44532). */
function alternativeNames(text: string): { type: string; value: string }[] {
  return [...text.matchAll(/([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g)].map(([, type = "", value = ""]) => ({
    type,
    value: value.startsWith('"') ? String(JSON.parse(value)) : value,
  }))
}

function ipBytes(text: string): Buffer | undefined {
  return isIPv6(text) && !text.includes("%") ? ipv6Bytes(text) : inetAton(text)
}

/** The notations of inet_aton, which libpq accepts on purpose: 127.0.0.1, 127.1, 0x7f000001, 0177.0.0.1. */
function inetAton(text: string): Buffer | undefined {
  const parts = text.split(".")
  if (parts.length > 4 || !parts.every((part) => /^(0x[\da-f]+|0[0-7]*|[1-9]\d*)$/i.test(part))) return undefined
  const numbers = parts.map((part) => (/^0\d/.test(part) ? Number.parseInt(part, 8) : Number(part)))
  const last = numbers.pop()!
  if (numbers.some((each) => each > 255) || last >= 256 ** (4 - numbers.length)) return undefined
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(last)
  for (const [index, each] of numbers.entries()) bytes[index] = each
  return bytes
}

function ipv6Bytes(text: string): Buffer {
  const ipv4 = /:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1]
  const tail = ipv4 === undefined ? undefined : inetAton(ipv4)!
  const hex =
    tail === undefined ? text : text.replace(/[^:]+$/, `${tail.readUInt16BE(0).toString(16)}:${tail.readUInt16BE(2).toString(16)}`)
  const [left = "", right] = hex.split("::")
  const words = (part: string) => part.split(":").filter((word) => word !== "")
  const [head, end] = [words(left), words(right ?? "")]
  const all = [...head, ...Array<string>(right === undefined ? 0 : 8 - head.length - end.length).fill("0"), ...end]
  const bytes = Buffer.alloc(16)
  for (const [index, word] of all.entries()) bytes.writeUInt16BE(Number.parseInt(word, 16), index * 2)
  return bytes
}
