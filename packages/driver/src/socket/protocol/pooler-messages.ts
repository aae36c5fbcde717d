import type { ServerMeaning } from "../../codes.ts"

/** SQLSTATEs of poolers' own errors. PostgreSQL's errors with the same codes have other messages. */
const POOLER_STATES = /^(08...|0A000|58000|XX000)$/

/** PostgreSQL's messages for a packet it cannot parse (postmaster.c, postgres.c, auth.c, pqformat.c), which point to an intermediary. */
const MALFORMED =
  /startup packet|frontend (message|protocol)|protocol synchronization|expected password response|password (packet|message)|insufficient data|message (contents|type|format|length)/i

const LIMIT =
  "the pooler's client limit is reached: lower max of the pools, close idle clients, or raise its limit (max_client_conn, pool_size)"
const BUSY = "the pooler has no free server connection: is the server down, are transactions long, or is its pool_size too small?"
const DOWN = "the pooler answers, but the server behind it does not: try again in a moment"
const LOGIN = "the server refuses the pooler's own login: check the credentials that the pooler has"
const REFUSED_SETTING = "remove it, let the pooler ignore it (PgBouncer's ignore_startup_parameters), or use ALTER ROLE … SET"
const UNKNOWN = "check the database and user names: some poolers expect the project in the user name (user.project)"
const DENIED = "check user, password and the pooler's rules for clients"

const login = (words: string) => new RegExp(`server.login (has been failing|failed).*(${words})`, "is")

/**
 * Poolers use a few SQLSTATEs for all their errors, so only the message identifies the cause. The first match applies. Covers PgBouncer,
 * Supavisor, RDS Proxy, pgcat and Odyssey.
 */
const MESSAGES: readonly (readonly [pattern: RegExp, meaning: ServerMeaning])[] = [
  [
    /unsupported startup parameter|command-line options|(startup|client) (parameter|option)s? .*(not supported|unsupported)/i,
    { code: "PGSD_INVALID_TARGET", retryable: false, hint: REFUSED_SETTING },
  ],
  [
    login(
      "password authentication failed|no pg_hba\\.conf|wrong password type|invalid server signature|SASL|role .* does not exist|certificate",
    ),
    { code: "PGSD_AUTH_FAILED", retryable: false, hint: LOGIN },
  ],
  [login("database .* does not exist"), { code: "PGSD_DATABASE_NOT_FOUND", retryable: false, hint: UNKNOWN }],
  [
    /max_client_conn|max_(db|user)(_client)?_connections|no more connections allowed|max.?clients?.*reached|max client connections|EMAX(CLIENT)?CONN|too many (clients|connections)|client connections exceeded|connection limit/i,
    { code: "PGSD_TOO_MANY_CONNECTIONS", retryable: true, hint: LIMIT },
  ],
  [
    /query_wait_timeout|ECHECKOUTTIMEOUT|unable to check ?out|timed?.?out waiting (to acquire|for) .*connection|could not get connection from the pool|no (free|available) server/i,
    { code: "PGSD_SERVER_NOT_READY", retryable: true, hint: BUSY },
  ],
  [
    /server login (has been failing|failed)|server_login_retry|(can ?not|could not|can't|failed to|unable to) (re)?connect|connect failed|client_login_timeout|server conn(ection)? (crashed|closed)|server DNS lookup failed|(shut|shutting) down|pool is (down|paused)|AllServersDown|failed to get remote|(server|upstream|backend) is (not available|unavailable|down)|DbHandler|circuit.?breaker|is (disabled|paused)/i,
    { code: "PGSD_SERVER_NOT_READY", retryable: true, hint: DOWN },
  ],
  [
    /no such database|no pool configured|route .* not found|tenant.*not found|unknown database/i,
    { code: "PGSD_DATABASE_NOT_FOUND", retryable: false, hint: UNKNOWN },
  ],
  [
    /no such user|login rejected|not allowed|no credentials for|requires? (TLS|SSL)|(TLS|SSL) (is )?required|authentication (failed|error)|token/i,
    { code: "PGSD_AUTH_FAILED", retryable: false, hint: DENIED },
  ],
]

/** A peer that sends this as an ErrorResponse speaks the protocol, so it is not a protocol violation and may be temporary. */
const OTHER_WORD: ServerMeaning = { code: "PGSD_CONNECTION_LOST", retryable: true }

/** Poolers' messages are shorter. The patterns take more than linear time, and the peer chooses the text. */
const LONGEST_MESSAGE = 500

/** Undefined if it is not a pooler's own message. For errors that end a session or precede it. */
export function meaningOfPoolerMessage(sqlState: string, message: string): ServerMeaning | undefined {
  if (!POOLER_STATES.test(sqlState)) return undefined
  const text = message.slice(0, LONGEST_MESSAGE)
  const known = MESSAGES.find(([pattern]) => pattern.test(text))?.[1]
  if (known !== undefined || sqlState !== "08P01") return known
  return MALFORMED.test(text) ? undefined : OTHER_WORD
}
