import type { DatabaseConnector, Finding } from "@pgsd/connector"

const TIMEOUT_MS = 10_000
/** Two are enough unless other clients take the server's connection in between. */
const ROUNDS = 3

/** Whether the pooler assigns another server session to each transaction: two connections are queried alternately, which otherwise keep one session each. */
export async function poolerFinding(one: DatabaseConnector, other: DatabaseConnector, signal: AbortSignal): Promise<Finding> {
  const backend = async (connector: DatabaseConnector) => {
    const { pid } = await connector.one<{ readonly pid: number }>("SELECT pg_catalog.pg_backend_pid() AS pid", undefined, {
      signal,
      timeoutMs: TIMEOUT_MS,
    })
    return pid
  }
  const [ones, others] = [new Set<number>(), new Set<number>()]
  for (let round = 0; round < ROUNDS; round++) {
    ones.add(await backend(one))
    others.add(await backend(other))
  }
  const shared = ones.size > 1 || others.size > 1 || [...ones].some((pid) => others.has(pid))
  const limits =
    "how many connections the pooler takes, and opens to the server, is its configuration (PgBouncer: max_client_conn, default_pool_size)"
  if (!shared)
    return { id: "pooler.session", level: "info", found: `the pooler gave each connection a session of its own (session mode); ${limits}` }
  return {
    id: "pooler.transaction",
    level: "info",
    found: `the pooler shares sessions between connections (transaction or statement mode); ${limits}`,
    why: "what is set outside a transaction does not last: SET, LISTEN, advisory locks of the session, temporary tables",
    fix: "named prepared statements need PgBouncer 1.21 or newer with max_prepared_statements",
  }
}
