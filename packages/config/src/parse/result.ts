import type { ConnectionWarning } from "@pgsd/driver"
import type { ConfigIssue } from "../errors.ts"
import type { ParameterName } from "../parameters/table.ts"

/** The contents of a connection string, and signs of likely mistakes. */
export interface Parsed {
  readonly values: Partial<Record<ParameterName, string>>
  readonly warnings: readonly ConnectionWarning[]
  /** libpq accepts it but reads part of a password as something else; resolving rejects it. */
  readonly accident?: ConfigIssue | undefined
  /** The port was in a URI's authority, where part of a password can end up. */
  readonly portFromAuthority: boolean
}

/** A keyword as libpq stores it: requiressl is an old name for two values of sslmode (fe-connect.c, conninfo_storeval). */
export function canonical(key: string, value: string): readonly [string, string] {
  return key === "requiressl" ? ["sslmode", value.startsWith("1") ? "require" : "prefer"] : [key, value]
}
