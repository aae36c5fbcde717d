/** The effect of a parameter in this implementation. */
export type ParameterEffect =
  | "honoured"
  | "no effect" // accepted as in libpq, but Node or the protocol has nothing to set
  | "refused" // a value other than the default is an error: ignoring it would weaken the request

export interface ParameterDescriptor {
  readonly name: ParameterName
  /** The environment variable that libpq reads for it. */
  readonly env?: string | undefined
  /** libpq's compiled-in default. */
  readonly default?: string | undefined
  readonly kind: "text" | "integer" | "list" | "choice" | "flag"
  /** For `choice`: every value libpq accepts, in exactly this spelling. */
  readonly values?: readonly string[] | undefined
  readonly secret?: boolean | undefined
  readonly effect: ParameterEffect
  /** The first libpq version that has it, if newer than 18. */
  readonly since?: number | undefined
  readonly meaning: string
}

/** libpq's keywords, in the order of its table; the last two are from PostgreSQL 19. */
export type ParameterName =
  | "service"
  | "user"
  | "password"
  | "passfile"
  | "channel_binding"
  | "connect_timeout"
  | "dbname"
  | "host"
  | "hostaddr"
  | "port"
  | "client_encoding"
  | "options"
  | "application_name"
  | "fallback_application_name"
  | "keepalives"
  | "keepalives_idle"
  | "keepalives_interval"
  | "keepalives_count"
  | "tcp_user_timeout"
  | "sslmode"
  | "sslnegotiation"
  | "sslcompression"
  | "sslcert"
  | "sslkey"
  | "sslcertmode"
  | "sslpassword"
  | "sslrootcert"
  | "sslcrl"
  | "sslcrldir"
  | "sslsni"
  | "requirepeer"
  | "require_auth"
  | "min_protocol_version"
  | "max_protocol_version"
  | "ssl_min_protocol_version"
  | "ssl_max_protocol_version"
  | "gssencmode"
  | "krbsrvname"
  | "gsslib"
  | "gssdelegation"
  | "replication"
  | "target_session_attrs"
  | "load_balance_hosts"
  | "scram_client_key"
  | "scram_server_key"
  | "oauth_issuer"
  | "oauth_client_id"
  | "oauth_client_secret"
  | "oauth_scope"
  | "sslkeylogfile"
  | "servicefile"
  | "oauth_ca_file"

/** Values by libpq keyword: strings only, exactly as libpq stores them. */
export type Parameters = Readonly<Partial<Record<ParameterName, string>>>

type Row = Omit<ParameterDescriptor, "name" | "meaning">

const TEXT: Row = { kind: "text", effect: "honoured" }
const NO_EFFECT: Row = { kind: "text", effect: "no effect" }
const REFUSED: Row = { kind: "text", effect: "refused" }

function parameter(name: ParameterName, row: Row, meaning: string): ParameterDescriptor {
  return Object.freeze({ name, ...row, meaning })
}

function choice(...values: readonly string[]): Row {
  return { kind: "choice", values: Object.freeze(values), effect: "honoured" }
}

const TLS_VERSIONS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const

/**
 * The parameters of libpq 18 and the two added in 19 (fe-connect.c, PQconninfoOptions). Parsing, environment, validation and documentation
 * are all driven by this table.
 */
export const PARAMETERS: readonly ParameterDescriptor[] = Object.freeze([
  parameter("service", { ...TEXT, env: "PGSERVICE" }, "section of the service file to take values from"),
  parameter("user", { ...TEXT, env: "PGUSER" }, "role to log in as; the operating system's user when unset"),
  parameter("password", { ...TEXT, env: "PGPASSWORD", secret: true }, "password"),
  parameter("passfile", { ...TEXT, env: "PGPASSFILE" }, "password file; `~/.pgpass` when unset"),
  parameter(
    "channel_binding",
    { ...choice("disable", "prefer", "require"), env: "PGCHANNELBINDING", default: "prefer" },
    "bind SCRAM authentication to the TLS connection",
  ),
  parameter(
    "connect_timeout",
    { kind: "integer", effect: "honoured", env: "PGCONNECT_TIMEOUT" },
    "seconds for each address; none when unset, zero or negative",
  ),
  parameter("dbname", { ...TEXT, env: "PGDATABASE" }, "database; the user's name when unset"),
  parameter(
    "host",
    { kind: "list", effect: "honoured", env: "PGHOST" },
    "names, `/directory` or `@abstract` of Unix sockets; comma-separated",
  ),
  parameter(
    "hostaddr",
    { kind: "list", effect: "honoured", env: "PGHOSTADDR" },
    "IP addresses to dial instead of resolving `host`; comma-separated",
  ),
  parameter("port", { kind: "list", effect: "honoured", env: "PGPORT", default: "5432" }, "one port for all hosts, or one for each"),
  parameter("client_encoding", { ...NO_EFFECT, env: "PGCLIENTENCODING" }, "always UTF8: JavaScript strings are Unicode"),
  parameter("options", { ...TEXT, env: "PGOPTIONS", default: "" }, "command-line options for the server's session, e.g. `-c geqo=off`"),
  parameter("application_name", { ...TEXT, env: "PGAPPNAME" }, "shown in pg_stat_activity"),
  parameter("fallback_application_name", TEXT, "used when application_name is unset"),
  parameter("keepalives", { kind: "integer", effect: "honoured" }, "`0` disables TCP keepalive; enabled when unset"),
  parameter("keepalives_idle", { kind: "integer", effect: "honoured" }, "seconds of silence before the first keepalive probe"),
  parameter("keepalives_interval", { kind: "integer", effect: "no effect" }, "Node cannot set it"),
  parameter("keepalives_count", { kind: "integer", effect: "no effect" }, "Node cannot set it"),
  parameter("tcp_user_timeout", { kind: "integer", effect: "no effect" }, "Node cannot set it"),
  parameter(
    "sslmode",
    { ...choice("disable", "allow", "prefer", "require", "verify-ca", "verify-full"), env: "PGSSLMODE", default: "prefer" },
    "whether to encrypt and what to verify",
  ),
  parameter(
    "sslnegotiation",
    { ...choice("postgres", "direct"), env: "PGSSLNEGOTIATION", default: "postgres" },
    "`direct` starts with TLS (PostgreSQL 17 and newer)",
  ),
  parameter("sslcompression", { ...NO_EFFECT, env: "PGSSLCOMPRESSION", default: "0" }, "TLS compression no longer exists"),
  parameter("sslcert", { ...TEXT, env: "PGSSLCERT" }, "client certificate; `~/.postgresql/postgresql.crt` when unset"),
  parameter("sslkey", { ...TEXT, env: "PGSSLKEY" }, "its key; `~/.postgresql/postgresql.key` when unset"),
  parameter(
    "sslcertmode",
    { ...choice("disable", "allow", "require"), env: "PGSSLCERTMODE" },
    "`disable` sends no client certificate; `require` is refused",
  ),
  parameter("sslpassword", { ...TEXT, secret: true }, "passphrase of the client key"),
  parameter("sslrootcert", { ...TEXT, env: "PGSSLROOTCERT" }, "trusted roots: a file, or `system`; `~/.postgresql/root.crt` when unset"),
  parameter("sslcrl", { ...TEXT, env: "PGSSLCRL" }, "certificate revocation list; `~/.postgresql/root.crl` when unset"),
  parameter("sslcrldir", { ...TEXT, env: "PGSSLCRLDIR" }, "folder of certificate revocation lists"),
  parameter("sslsni", { kind: "flag", effect: "honoured", env: "PGSSLSNI", default: "1" }, "send the host name in the TLS handshake (SNI)"),
  parameter("requirepeer", { ...REFUSED, env: "PGREQUIREPEER" }, "owner of the server process on a Unix socket: not available in Node"),
  parameter("require_auth", { ...TEXT, env: "PGREQUIREAUTH" }, "authentication methods to accept, or `!method` to refuse"),
  parameter(
    "min_protocol_version",
    { ...choice("3.0", "3.2", "latest"), effect: "refused", env: "PGMINPROTOCOLVERSION" },
    "a minimum above 3.0 is refused: it depends on driver and server",
  ),
  parameter(
    "max_protocol_version",
    { ...choice("3.0", "3.2", "latest"), env: "PGMAXPROTOCOLVERSION" },
    "newest protocol version to ask for; the newest of the driver when unset",
  ),
  parameter(
    "ssl_min_protocol_version",
    { ...choice(...TLS_VERSIONS), env: "PGSSLMINPROTOCOLVERSION", default: "TLSv1.2" },
    "lowest TLS version; letter case is ignored",
  ),
  parameter("ssl_max_protocol_version", { ...choice(...TLS_VERSIONS), env: "PGSSLMAXPROTOCOLVERSION" }, "highest TLS version"),
  parameter(
    "gssencmode",
    { ...choice("disable", "prefer", "require"), effect: "refused", env: "PGGSSENCMODE", default: "disable" },
    "GSSAPI is not supported; `require` is refused",
  ),
  parameter("krbsrvname", { ...NO_EFFECT, env: "PGKRBSRVNAME", default: "postgres" }, "Kerberos is not supported"),
  parameter("gsslib", { ...NO_EFFECT, env: "PGGSSLIB" }, "GSSAPI is not supported"),
  parameter("gssdelegation", { ...NO_EFFECT, env: "PGGSSDELEGATION", default: "0" }, "GSSAPI is not supported"),
  parameter("replication", REFUSED, "replication connections are not supported"),
  parameter(
    "target_session_attrs",
    {
      ...choice("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
      env: "PGTARGETSESSIONATTRS",
      default: "any",
    },
    "which servers of the list are acceptable",
  ),
  parameter(
    "load_balance_hosts",
    { ...choice("disable", "random"), env: "PGLOADBALANCEHOSTS", default: "disable" },
    "`random` shuffles the hosts and their addresses",
  ),
  parameter("scram_client_key", { ...REFUSED, secret: true }, "for foreign-data wrappers"),
  parameter("scram_server_key", { ...REFUSED, secret: true }, "for foreign-data wrappers"),
  parameter("oauth_issuer", NO_EFFECT, "OAuth is not supported"),
  parameter("oauth_client_id", NO_EFFECT, "OAuth is not supported"),
  parameter("oauth_client_secret", { ...NO_EFFECT, secret: true }, "OAuth is not supported"),
  parameter("oauth_scope", NO_EFFECT, "OAuth is not supported"),
  parameter("sslkeylogfile", REFUSED, "writes TLS secrets to a file; use `node --tls-keylog`"),
  parameter("servicefile", { ...TEXT, env: "PGSERVICEFILE", since: 19 }, "service file; `~/.pg_service.conf` when unset"),
  parameter("oauth_ca_file", { ...NO_EFFECT, env: "PGOAUTHCAFILE", since: 19 }, "OAuth is not supported"),
])

const BY_NAME: ReadonlyMap<string, ParameterDescriptor> = new Map(PARAMETERS.map((each) => [each.name, each]))

/** The parameter with this keyword; case-sensitive, as in libpq. */
export function findParameter(name: string): ParameterDescriptor | undefined {
  return BY_NAME.get(name)
}

/** Whether it is a libpq keyword. */
export function isParameterName(name: string): name is ParameterName {
  return BY_NAME.has(name)
}
