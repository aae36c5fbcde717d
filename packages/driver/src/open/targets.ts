import type { ConnectionConfig, Host } from "../connection-config.ts"
import { DatabaseConnectionError } from "../errors.ts"
import { hostName } from "../hosts.ts"
import type { Target, TlsSettings } from "../target.ts"

export interface AttemptPlan {
  readonly host: Host
  /** The address to dial; undefined on a Unix socket. */
  readonly address: string | undefined
  readonly encryption: "plain" | "tls"
  readonly connectTimeoutMs: number
  /** Requests the password again. */
  readonly fresh: boolean
}

/** Builds the target of one attempt. */
export function targetOf(config: ConnectionConfig, plan: AttemptPlan): Target {
  const { host, address, encryption, connectTimeoutMs, fresh } = plan
  const name = hostName(host)
  const { applicationName, options, settings } = config.session
  return {
    host: name,
    ...(address !== undefined && { address }),
    port: host.port,
    user: config.user,
    database: config.database,
    password: (request) => config.password(host, { ...request, fresh }),
    encryption,
    ...(encryption === "tls" && { tls: tlsSettings(config) }),
    auth: config.auth,
    startup: {
      ...settings,
      ...(options !== undefined && options !== "" && { options }),
      ...(applicationName !== undefined && { application_name: applicationName }),
    },
    connectTimeoutMs,
    keepAlive: config.keepAlive,
    maxProtocolVersion: config.maxProtocolVersion,
    ...(config.label !== undefined && { label: config.label }),
  }
}

function tlsSettings(config: ConnectionConfig): TlsSettings {
  const { negotiation, verify, roots, crl, cert, key, sni, minVersion, maxVersion } = config.tls
  return { negotiation, verify, ca: roots?.pem, crl, cert, key, sni, minVersion, maxVersion }
}

/** libpq's rule: verify-full needs a name to compare with the certificate; an address is not enough. */
export function refuseNamelessVerification(config: ConnectionConfig, host: Host, encryption: "plain" | "tls"): void {
  if (encryption !== "tls" || config.tls.verify !== "full" || host.kind !== "tcp" || host.name !== undefined) return
  throw new DatabaseConnectionError("PGSD_INVALID_TARGET", "host name must be specified for a verified SSL connection", {
    phase: "tls",
    host: host.address,
    address: host.address,
    port: host.port,
    label: config.label,
    hint: "give host in addition to hostaddr",
  })
}
