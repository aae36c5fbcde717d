import type { Attributes } from "@opentelemetry/api"
import { type ConnectionInfo, firstWord, isPgsdError } from "@pgsd/driver"

/** Names as published in OpenTelemetry's semantic conventions for database clients. */
export const POSTGRESQL: Attributes = { "db.system.name": "postgresql" }

export function placeOf({ host, port, address, database }: Partial<ConnectionInfo>): Attributes {
  return { ...POSTGRESQL, "db.namespace": database, "server.address": host, "server.port": port, "network.peer.address": address }
}

export function operationOf(sql: string): string | undefined {
  return firstWord(sql).toUpperCase() || undefined
}

export function failureOf(error: unknown): Attributes {
  if (error === undefined) return {}
  const sqlState = isPgsdError(error) ? error.sqlState : undefined
  const type = sqlState ?? (isPgsdError(error) ? error.code : error instanceof Error ? error.name : "_OTHER")
  return { "error.type": type, "db.response.status_code": sqlState }
}

/** With the attributes of a metric, of which each set is kept for ever: nothing that is not bounded. */
export function ofMetric({ "network.peer.address": _, ...bounded }: Attributes): Attributes {
  return bounded
}
