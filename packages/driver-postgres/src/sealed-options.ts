import type { SocketSession, Wire } from "@pgsd/driver/socket"
import postgres from "postgres"

/** What postgres.js makes of the options it is given, and takes as it is when it is given that. */
type ParsedOptions = Record<string, unknown>

let parsed: ParsedOptions | undefined

/**
 * Options that no PG* variable reaches. postgres.js reads the environment while it parses options, and
 * PGTARGETSESSIONATTRS cannot be overruled by any public one; but options that are parsed already (they have `shared`)
 * are taken as they are. So they are parsed once, from values that leave nothing to the environment, and then finished.
 */
export function sealedOptions(session: SocketSession, wire: Wire): never {
  parsed ??= parse()
  const { connection: _startup, ...rest } = parsed
  return {
    ...rest,
    user: session.user,
    database: session.database,
    pass: () => session.password(),
    // The startup packet is the toolkit's.
    connection: {},
    target_session_attrs: null,
    parameters: {},
    shared: { retries: 0, typeArrayMap: {} },
    // Texts in, texts out: the value table is the toolkit's. Without serializers postgres.js sends strings as they are.
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
    // Its own limit would hold queries back; the toolkit decides what shares the wire.
    max_pipeline: Number.MAX_SAFE_INTEGER,
    prepare: true,
    debug: false,
    fetch_types: false,
    publications: "alltables",
    // Any valid word: what the environment says is not asked then.
    target_session_attrs: "read-write",
    // Without one it prints.
    onnotice: () => {},
  } as never)
  return sql.options as unknown as ParsedOptions
}

// postgres.js reconnects whenever a query comes; a second socket is refused, and with it the query.
function onlyOnce(wire: Wire): () => Wire {
  let taken = false
  return () => {
    if (taken || wire.destroyed) throw new Error("the connection is closed; @pgsd/driver-postgres never opens a second one")
    taken = true
    return wire
  }
}
