import type { Finding, ServerCapacity } from "@pgsd/connector"
import { quoteIdentifier } from "@pgsd/driver"
import type { PoolPlan, SessionCounts } from "./doctor-report.ts"

export interface Sizing {
  readonly plan: PoolPlan
  readonly capacity: ServerCapacity
  /** Exempt from the limits of roles and databases and from reserved connections. */
  readonly superuser: boolean
  readonly role: string
  readonly database: string
  readonly sessions: SessionCounts
}

/** A limit on connections that all sessions of a kind share. */
interface Limit {
  readonly id: string
  /** `the server allows 97 (100 less 3 reserved)` */
  readonly found: string
  readonly limit: number
  /** Sessions that count against it and are not the application's. */
  readonly others: number
  /** The statement that raises it. */
  readonly raisedTo: (connections: number) => string
}

/** Above this share there is no room for migrations, monitoring and a rolling deployment, which starts new processes before it ends old ones. */
const FULL = 0.9

/** Whether every process can fill its pool, for each limit. */
export function capacityFindings(sizing: Sizing): Finding[] {
  return limitsOf(sizing).map((limit) => findingOf(limit, sizing.plan))
}

function limitsOf({ capacity, superuser, role, database, sessions }: Sizing): Limit[] {
  const { maxConnections, reservedConnections, roleLimit, databaseLimit } = capacity
  const { total, ofRoleInDatabase, ofRole, ofDatabase } = sessions
  const reserved = superuser ? 0 : reservedConnections
  const server: Limit = {
    id: "capacity.server",
    found: `the server allows ${maxConnections - reserved}${reserved === 0 ? "" : ` (max_connections ${maxConnections} less ${reserved} reserved)`}`,
    limit: maxConnections - reserved,
    others: total - ofRoleInDatabase,
    raisedTo: (connections) => `ALTER SYSTEM SET max_connections = ${connections + reserved}; -- after a restart`,
  }
  const ofRoles: Limit = {
    id: "capacity.role",
    found: `role "${role}" may have ${roleLimit}`,
    limit: roleLimit,
    others: ofRole - ofRoleInDatabase,
    raisedTo: (connections) => `ALTER ROLE ${quoteIdentifier(role)} CONNECTION LIMIT ${connections};`,
  }
  const ofDatabases: Limit = {
    id: "capacity.database",
    found: `database "${database}" may have ${databaseLimit}`,
    limit: databaseLimit,
    others: ofDatabase - ofRoleInDatabase,
    raisedTo: (connections) => `ALTER DATABASE ${quoteIdentifier(database)} CONNECTION LIMIT ${connections};`,
  }
  return [server, ...(superuser ? [] : [ofRoles, ofDatabases].filter(({ limit }) => limit >= 0))]
}

function findingOf({ id, found, limit, others, raisedTo }: Limit, { max, processes, listens }: PoolPlan): Finding {
  const beside = listens ? 1 : 0
  const wanted = (max + beside) * processes
  const ofEach = listens ? `(${max} connections + 1 of listen())` : `${max} connections`
  const product = `${processes} ${processes === 1 ? "process" : "processes"} × ${ofEach} = ${wanted}`
  const used = others === 0 ? "no other client uses any now" : `other clients use ${others} now`
  const text = `${product}; ${found}, of which ${used}`
  const needed = wanted + others
  if (needed <= limit * FULL) return { id, level: "ok", found: text }
  const fits = Math.floor((limit * FULL - others) / processes) - beside
  const pool =
    fits < 1
      ? "fewer processes, a connection pooler in between"
      : `a pool of at most ${fits} in each process (max: ${fits}), fewer processes`
  return {
    id,
    level: needed > limit ? "fail" : "warn",
    found: text,
    why:
      needed > limit
        ? "when all pools are full, connections are refused: too many connections (SQLSTATE 53300)"
        : `less than ${Math.round((1 - FULL) * 100)} % are left for migrations, monitoring and a deployment that starts new processes before it ends old ones`,
    fix: `${pool}, or a higher limit:`,
    statements: [raisedTo(Math.ceil(needed / FULL))],
  }
}
