import { quoteIdentifier, quoteLiteral } from "@pgsd/driver"
import type { ServerUser } from "./postgres-server.ts"

/** SQL that creates the users, in one string; their passwords never appear in the server's log, even if it fails. */
export function createUsers(users: readonly ServerUser[], ...others: readonly string[]): string {
  const quiet = ["SET log_statement = 'none'", "SET log_min_duration_statement = -1", "SET log_min_error_statement = 'panic'"]
  return [...quiet, ...others, ...users.map(createUser)].join(";\n")
}

function createUser({ name, password, attributes = "" }: ServerUser): string {
  const words = typeof attributes === "string" ? attributes : attributes.join(" ")
  const secret = password === undefined ? "" : ` PASSWORD ${quoteLiteral(password)}`
  return `CREATE USER ${quoteIdentifier(name)} ${words}${secret}`
}
