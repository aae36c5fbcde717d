import type { Meaning } from "./codes.ts"

/** Meanings of errors of the operating system, the resolver and Node's TLS, by `error.code`. */
const SYSTEM_CODES: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: { code: "PGSD_CONNECTION_REFUSED", retryable: true }, // nothing listens (yet)
  EAGAIN: { code: "PGSD_CONNECTION_REFUSED", retryable: true }, // a Unix socket whose backlog is full
  ECONNRESET: { code: "PGSD_CONNECTION_LOST", retryable: true },
  ECONNABORTED: { code: "PGSD_CONNECTION_LOST", retryable: true },
  EPIPE: { code: "PGSD_CONNECTION_LOST", retryable: true },
  ERR_STREAM_DESTROYED: { code: "PGSD_CONNECTION_LOST", retryable: true },
  ERR_STREAM_WRITE_AFTER_END: { code: "PGSD_CONNECTION_LOST", retryable: true },
  ETIMEDOUT: { code: "PGSD_CONNECT_TIMEOUT", retryable: true }, // the kernel gave up
  EHOSTUNREACH: { code: "PGSD_HOST_UNREACHABLE", retryable: true },
  ENETUNREACH: { code: "PGSD_HOST_UNREACHABLE", retryable: true }, // typical: an IPv6 address, no IPv6 here
  ENETDOWN: { code: "PGSD_HOST_UNREACHABLE", retryable: true },
  EHOSTDOWN: { code: "PGSD_HOST_UNREACHABLE", retryable: true },
  EAFNOSUPPORT: { code: "PGSD_HOST_UNREACHABLE", retryable: true }, // an IPv6 address, a kernel without IPv6
  EADDRNOTAVAIL: { code: "PGSD_HOST_UNREACHABLE", retryable: true }, // no local port or address left
  ENOTFOUND: { code: "PGSD_DNS_FAILED", retryable: true }, // wrong, or not there yet: a service that is being deployed
  EAI_AGAIN: { code: "PGSD_DNS_FAILED", retryable: true },
  ENODATA: { code: "PGSD_DNS_FAILED", retryable: true }, // this and the next: c-ares, for a lookup made of dns.resolve
  ESERVFAIL: { code: "PGSD_DNS_FAILED", retryable: true },
  EREFUSED: { code: "PGSD_DNS_FAILED", retryable: true },
  ETIMEOUT: { code: "PGSD_DNS_FAILED", retryable: true },
  ENOENT: { code: "PGSD_SOCKET_NOT_FOUND", retryable: true }, // a server that restarts removes its socket
  ENOTDIR: { code: "PGSD_SOCKET_NOT_FOUND", retryable: true },
  EACCES: { code: "PGSD_SOCKET_DENIED", retryable: false },
  EPERM: { code: "PGSD_SOCKET_DENIED", retryable: false },
  EMFILE: { code: "PGSD_OUT_OF_RESOURCES", retryable: true }, // file descriptors of this process
  ENFILE: { code: "PGSD_OUT_OF_RESOURCES", retryable: true },
  ENOBUFS: { code: "PGSD_OUT_OF_RESOURCES", retryable: true },
  ENOSPC: { code: "PGSD_OUT_OF_RESOURCES", retryable: true }, // a disk, for a database in this process
  EDQUOT: { code: "PGSD_OUT_OF_RESOURCES", retryable: true },
  ENOMEM: { code: "PGSD_OUT_OF_RESOURCES", retryable: true },
  EPROTO: { code: "PGSD_TLS_FAILED", retryable: false }, // handshake alert, wrong version
  ERR_TLS_CERT_ALTNAME_INVALID: { code: "PGSD_TLS_HOSTNAME", retryable: false },
  ERR_TLS_HANDSHAKE_TIMEOUT: { code: "PGSD_CONNECT_TIMEOUT", retryable: true },
  CERT_HAS_EXPIRED: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  CERT_NOT_YET_VALID: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  CERT_REVOKED: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  CERT_REJECTED: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  CERT_SIGNATURE_FAILURE: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  CERT_UNTRUSTED: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  CERT_CHAIN_TOO_LONG: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  CRL_HAS_EXPIRED: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  CRL_NOT_YET_VALID: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  CRL_SIGNATURE_FAILURE: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  DEPTH_ZERO_SELF_SIGNED_CERT: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  SELF_SIGNED_CERT_IN_CHAIN: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  INVALID_CA: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  INVALID_PURPOSE: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  PATH_LENGTH_EXCEEDED: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  UNABLE_TO_DECRYPT_CERT_SIGNATURE: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  UNABLE_TO_DECRYPT_CRL_SIGNATURE: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  UNABLE_TO_GET_CRL: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  UNABLE_TO_GET_ISSUER_CERT: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  UNSPECIFIED: { code: "PGSD_TLS_UNTRUSTED", retryable: false }, // verification errors that Node has no name for: a key too small, a digest too weak
}

/** Prefixes, for codes without a row: getaddrinfo's, and OpenSSL's and Node's for TLS. */
const FAMILIES: readonly (readonly [RegExp, Meaning])[] = [
  [/^EAI_/, { code: "PGSD_DNS_FAILED", retryable: true }],
  [/^ERR_(SSL|TLS|OSSL)_/, { code: "PGSD_TLS_FAILED", retryable: false }],
]

export function meaningOfSystemCode(code: string): Meaning | undefined {
  return SYSTEM_CODES[code] ?? FAMILIES.find(([family]) => family.test(code))?.[1]
}
