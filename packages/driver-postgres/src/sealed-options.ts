import type { SocketSession, Wire } from "@pgsd/driver/socket"
import postgres from "postgres"

/** Options as postgres.js parses them; given parsed, it takes them unchanged. */
type ParsedOptions = Record<string, unknown>

let parsed: ParsedOptions | undefined

/**
 * Options that no PG* variable can affect. postgres.js reads the environment while parsing options, and no public option overrides
 * PGTARGETSESSIONATTRS; but it takes parsed options (those with `shared`) unchanged. So they are parsed once, with every value given, and
 * then completed.
 */
export function sealedOptions(session: SocketSession, wire: Wire): never {
  parsed ??= parse()
  const { connection: _startup, ...rest } = parsed
  return {
    ...rest,
    user: session.user,
    database: session.database,
    pass: () => session.password(),
    // The toolkit writes the startup packet.
    connection: {},
    target_session_attrs: null,
    parameters: {},
    shared: { retries: 0, typeArrayMap: {} },
    // Text in, text out: the toolkit has the value table. Without serializers postgres.js sends strings unchanged.
    parsers: {},
    serializers: {},
    socket: onlyOnce(wire),
  } as never
}

function parse(): ParsedOptions {
  const sql = postgres({
    host: "wire",
    port: 5432,
    user: "user",
    database: "database",
    password: "password",
    max: 1,
    ssl: false,
    sslnegotiation: null,
    idle_timeout: 0,
    connect_timeout: 0,
    max_lifetime: 0,
    keep_alive: 0,
    backoff: false,
    // Its own limit would delay queries; the toolkit decides what shares the wire.
    max_pipeline: Number.MAX_SAFE_INTEGER,
    prepare: true,
    debug: false,
    fetch_types: false,
    publications: "alltables",
    // Any valid value keeps it from reading the environment.
    target_session_attrs: "read-write",
    // Otherwise it prints notices.
    onnotice: () => {},
  } as never)
  return sql.options as unknown as ParsedOptions
}

// postgres.js reconnects for any query: a second socket is refused, and the query with it.
function onlyOnce(wire: Wire): () => Wire {
  let taken = false
  return () => {
    if (taken || wire.destroyed) throw new Error("the connection is closed; @pgsd/driver-postgres never opens a second one")
    taken = true
    return wire
  }
}
