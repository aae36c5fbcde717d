import { isIPv6 } from "node:net"

/** What the check reads of a certificate: the shape of Node's `PeerCertificate`. */
export interface CertificateNames {
  readonly subject?: { readonly CN?: string | readonly string[] | undefined } | undefined
  /** As Node prints it: `DNS:db.example.com, IP Address:10.0.0.1`. */
  readonly subjectaltname?: string | undefined
}

/**
 * libpq's rule for verify-full (fe-secure-common.c, pq_verify_peer_name_matches_certificate), which is not Node's
 * `tls.checkServerIdentity`: `*` stands for one whole leftmost label and nothing less, `*.test` is fine, a trailing dot is not, an IP
 * address may be written as dNSName or, with no iPAddress in the certificate, as common name.
 *
 * @returns libpq's words for a mismatch, undefined when the certificate is the host's
 */
export function certificateMismatch(host: string, certificate: CertificateNames): string | undefined {
  if (host === "") return "host name must be specified for a verified SSL connection"
  const address = ipBytes(host)
  const examined: string[] = []
  let useCommonName = true
  for (const { type, value } of alternativeNames(certificate.subjectaltname ?? "")) {
    // A name of the host's own kind rules the common name out, whether it matches or not.
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

// As pg_strcasecmp: toLowerCase would take the Kelvin sign for a k.
function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** Node quotes a value that holds a comma or a quote as JSON does, so that no name can pretend to be two (CVE-2021-44532). */
function alternativeNames(text: string): { type: string; value: string }[] {
  return [...text.matchAll(/([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g)].map(([, type = "", value = ""]) => ({
    type,
    value: value.startsWith('"') ? String(JSON.parse(value)) : value,
  }))
}

function ipBytes(text: string): Buffer | undefined {
  return isIPv6(text) && !text.includes("%") ? ipv6Bytes(text) : inetAton(text)
}

/** The notations of inet_aton, which libpq accepts deliberately: 127.0.0.1, 127.1, 0x7f000001, 0177.0.0.1. */
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
