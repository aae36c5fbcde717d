/**
 * Keys of other tools' connection strings that libpq rejects, listed only to suggest replacements.
 */
const DIALECTS: ReadonlyMap<string, string> = new Map([
  ...hints("did you mean %s?", {
    database: "dbname",
    db: "dbname",
    username: "user",
    pass: "password",
    passwd: "password",
    pwd: "password",
    hostname: "host",
    server: "host",
    timeout: "connect_timeout",
    connecttimeout: "connect_timeout",
    connection_timeout: "connect_timeout",
    connectiontimeoutmillis: "connect_timeout",
    applicationname: "application_name",
    appname: "application_name",
    sslca: "sslrootcert",
    targetservertype: "target_session_attrs",
    loadbalancehosts: "load_balance_hosts",
    trust_server_certificate: "sslmode",
  }),
  ...notes("Prisma-only; use options=-c%20search_path%3Dx", ["schema"]),
  ...notes("Prisma-only; pool settings belong in the pool's options", [
    "connection_limit",
    "pool_timeout",
    "socket_timeout",
    "statement_cache_size",
  ]),
  ...notes("Prisma-only; remove it: named statements are used only on request", ["pgbouncer"]),
  ...notes("Prisma-only; use sslmode, sslrootcert and sslcert", ["sslaccept", "sslidentity"]),
  ...notes("node-postgres only; remove it: sslmode has libpq's meaning", ["uselibpqcompat"]),
  ...notes("use sslmode; ssl=true in a URI is its only other spelling", ["ssl"]),
  ...notes("JDBC-only; use options=-c%20search_path%3Dx", ["currentschema"]),
  ...notes("JDBC-only; remove it: named statements are used only on request", [
    "preparethreshold",
    "binarytransfer",
    "autosave",
    "rewritebatchedinserts",
  ]),
  ...notes("JDBC-only; use sslmode and sslrootcert", ["sslfactory", "sslfactoryarg"]),
  ...notes("pgx-only; pool settings belong in the pool's options", [
    "pool_max_conns",
    "pool_min_conns",
    "pool_max_conn_lifetime",
    "pool_max_conn_idle_time",
    "pool_health_check_period",
    "max_conns",
    "min_conns",
    "pool_size",
    "max",
    "min",
  ]),
  ...notes("pgx-only; remove it", ["default_query_exec_mode", "statement_cache_mode", "description_cache_capacity"]),
  ...notes("a setting of the server, not of the connection; use options=-c%20NAME%3DVALUE", [
    "search_path",
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "transaction_timeout",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "timezone",
    "datestyle",
    "role",
    "work_mem",
    "jit",
    "geqo",
  ]),
])

/** A replacement for another tool's key; undefined for an unknown key. */
export function dialectHint(key: string): string | undefined {
  return DIALECTS.get(key.toLowerCase())
}

/** A replacement for a value that another tool accepts. */
export function valueHint(key: string, value: string): string | undefined {
  if (key === "sslmode") {
    const plain = value.toLowerCase()
    if (plain === "no-verify") return "sslmode=require encrypts without verifying"
    if (["true", "on", "1", "yes", "required"].includes(plain))
      return "sslmode=require encrypts without verifying, sslmode=verify-full verifies"
    if (["false", "off", "0", "no", "none", "disabled"].includes(plain)) return 'did you mean "disable"?'
    if (plain === "preferred") return 'did you mean "prefer"?'
    if (plain === "verify_ca" || plain === "verify_full") return `did you mean "${plain.replace("_", "-")}"?`
  }
  if (key === "target_session_attrs" && ["master", "writable"].includes(value.toLowerCase()))
    return 'did you mean "primary" or "read-write"?'
  if (key === "load_balance_hosts" && ["on", "true", "1", "yes"].includes(value.toLowerCase())) return 'did you mean "random"?'
  return undefined
}

function hints(text: string, keys: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(keys).map(([key, keyword]) => [key, text.replace("%s", `"${keyword}"`)])
}

function notes(text: string, keys: readonly string[]): [string, string][] {
  return keys.map((key) => [key, text])
}
