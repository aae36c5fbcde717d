import type { Meaning } from "./codes.ts"

/** What the operating system, the resolver and Node's TLS say, by `error.code`. */
const SYSTEM_CODES: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: { code: "PGSD_CONNECTION_REFUSED", retryable: true }, // nobody listens (yet)
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
  EADDRNOTAVAIL: { code: "PGSD_HOST_UNREACHABLE", retryable: true }, // no local port or address left
  ENOTFOUND: { code: "PGSD_DNS_FAILED", retryable: true }, // wrong, or not there yet: a service that is being deployed
  EAI_AGAIN: { code: "PGSD_DNS_FAILED", retryable: true },
  EAI_FAIL: { code: "PGSD_DNS_FAILED", retryable: true },
  EAI_NODATA: { code: "PGSD_DNS_FAILED", retryable: true },
  EAI_NONAME: { code: "PGSD_DNS_FAILED", retryable: true },
  ENOENT: { code: "PGSD_SOCKET_NOT_FOUND", retryable: true }, // a server that restarts removes its socket
  EACCES: { code: "PGSD_SOCKET_DENIED", retryable: false },
  EPERM: { code: "PGSD_SOCKET_DENIED", retryable: false },
  EMFILE: { code: "PGSD_OUT_OF_RESOURCES", retryable: true }, // file descriptors of this process
  ENFILE: { code: "PGSD_OUT_OF_RESOURCES", retryable: true },
  ENOBUFS: { code: "PGSD_OUT_OF_RESOURCES", retryable: true },
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
  UNABLE_TO_GET_CRL: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  UNABLE_TO_GET_ISSUER_CERT: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { code: "PGSD_TLS_UNTRUSTED", retryable: false },
}

export function meaningOfSystemCode(code: string): Meaning | undefined {
  return SYSTEM_CODES[code] ?? (/^ERR_(SSL|TLS|OSSL)_/.test(code) ? { code: "PGSD_TLS_FAILED", retryable: false } : undefined)
}
