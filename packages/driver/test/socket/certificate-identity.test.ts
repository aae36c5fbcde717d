import { type CertificateNames, certificateMismatch } from "@pgsd/driver/socket"
import { describe, expect, test } from "vitest"

const names = (subjectaltname?: string, CN?: string | string[]): CertificateNames => ({ subject: { CN }, subjectaltname })

const PG = names("DNS:pg.test", "pg.test")
const LOCAL = names("DNS:localhost")
const WILD = names("DNS:*.wild.test")
const PART = names("DNS:f*.example.com")
const TWO = names("DNS:*.test")
const CN_IP = names("DNS:other", "127.0.0.1")
const DNS_IP = names("DNS:127.0.0.1")
const IP_CN = names("IP Address:1.2.3.4", "pg.test")
const IP = names("IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1")

// The ids are those of the cases run against psql 18.6 with real servers (packages/config/test/cases/tls.json).
describe("accepts the host's certificate", () => {
  test.each<[what: string, host: string, certificate: CertificateNames]>([
    ["a dNSName", "pg.test", PG],
    ["in other case (tls-051)", "PG.test", PG],
    ["a wildcard for one label (tls-041)", "a.wild.test", WILD],
    ["a wildcard above a top-level domain, which Node refuses (tls-045)", "pg.test", TWO],
    ["an address as common name beside dNSNames (tls-043)", "127.0.0.1", CN_IP],
    ["an address as dNSName, which Node refuses", "127.0.0.1", DNS_IP],
    ["a name as common name beside iPAddresses (tls-047)", "pg.test", IP_CN],
    ["a common name without any SAN", "cn.test", names(undefined, "cn.test")],
    ["a wildcard as common name", "a.wild.test", names(undefined, "*.wild.test")],
    ["the first of several common names", "a.test", names(undefined, ["a.test", "b.test"])],
    ["an iPAddress", "127.0.0.1", IP],
    ["an iPAddress in another notation of inet_aton", "127.1", IP],
    ["an iPAddress in hexadecimal", "0x7f000001", IP],
    ["an IPv6 address", "::1", IP],
    ["an IPv6 address in another notation", "0:0::0:1", IP],
    ["an IPv6 address with an IPv4 tail", "::ffff:1.2.3.4", names("IP Address:0:0:0:0:0:FFFF:102:304")],
    ["the second of two names", "b.test", names("DNS:a.test, DNS:b.test")],
    ["a name behind SANs of other kinds", "a.test", names('URI:"https://x.test/a,b", email:a@b.test, DirName:"CN = x, O = y", DNS:a.test')],
  ])("%s", (_what, host, certificate) => {
    expect(certificateMismatch(host, certificate)).toBeUndefined()
  })
})

describe("refuses other certificates, with libpq's messages", () => {
  test.each<[what: string, host: string, certificate: CertificateNames, text: string]>([
    ["another name (tls-023)", "other.test", PG, 'server certificate for "pg.test" does not match host name "other.test"'],
    ["localhost by address (tls-039)", "127.0.0.1", LOCAL, 'server certificate for "localhost" does not match host name "127.0.0.1"'],
    ["no host name (tls-049)", "", IP, "host name must be specified for a verified SSL connection"],
    ["a trailing dot, which Node strips", "pg.test.", PG, 'server certificate for "pg.test" does not match host name "pg.test."'],
    ["a wildcard inside a label, which Node takes", "foo.example.com", PART, "does not match"],
    ["a wildcard for two labels", "a.b.wild.test", WILD, "does not match"],
    ["a wildcard for no label", "wild.test", WILD, "does not match"],
    ["a wildcard for an empty label", ".wild.test", WILD, "does not match"],
    ["a bare asterisk", "anything", names("DNS:*"), "does not match"],
    ["an asterisk and a dot", "a.", names("DNS:*."), "does not match"],
    ["two wildcards", "a.b.test", names("DNS:*.*.test"), "does not match"],
    ["a wildcard in the middle", "a.b.test", names("DNS:a.*.test"), "does not match"],
    ["a common name when there is a dNSName", "cn.test", names("DNS:other", "cn.test"), "does not match"],
    [
      "a common name that is the address, when there is an iPAddress",
      "127.0.0.1",
      names("IP Address:1.2.3.4", "127.0.0.1"),
      "does not match",
    ],
    ["an address by a wildcard of another length", "127.0.0.1", names("DNS:*.1"), "does not match"],
    ["another iPAddress", "127.0.0.2", IP, 'server certificate for "127.0.0.1" (and 1 other name) does not match host name "127.0.0.2"'],
    ["an iPAddress for a name", "one.test", IP, "does not match"],
    ["the second of several common names", "b.test", names(undefined, ["a.test", "b.test"]), "does not match"],
    ["three names", "x.test", names("DNS:a, DNS:b, DNS:c"), 'server certificate for "a" (and 2 other names) does not match'],
    ["a certificate without a name", "x.test", names(), "could not get server's host name from server certificate"],
    [
      "a SAN that pretends to be two (CVE-2021-44532)",
      "b.test",
      names('DNS:"a.test, DNS:b.test"'),
      'server certificate for "a.test, DNS:b.test"',
    ],
    [
      "a name with NUL (CVE-2009-4034)",
      "pg.test",
      names('DNS:"pg.test\\u0000.evil.test"'),
      "SSL certificate's name contains embedded null",
    ],
    ["a common name with NUL", "pg.test", names(undefined, "pg.test\0.evil.test"), "SSL certificate's name contains embedded null"],
    ["the Kelvin sign for a k", "k.test", names("DNS:\u212a.test"), "does not match"],
    ["an octal address that is another one", "127.0.0.010", names("IP Address:127.0.0.10"), "does not match"],
  ])("%s", (_what, host, certificate, text) => {
    expect(certificateMismatch(host, certificate)).toContain(text)
  })
})
