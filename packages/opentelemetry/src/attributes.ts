import type { Attributes } from "@opentelemetry/api"
import { type ConnectionInfo, isPgsdError } from "@pgsd/driver"

/** The version of OpenTelemetry's semantic conventions that these names are from. */
export const SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0"

export function placeOf({ host, port, address, database }: Partial<ConnectionInfo>): Attributes {
  const peer = address !== undefined && { "network.peer.address": address, "network.peer.port": port }
  return { "db.system.name": "postgresql", "db.namespace": database, "server.address": host, "server.port": port, ...peer }
}

export function failureOf(error: unknown): Attributes {
  if (error === undefined) return {}
  const sqlState = isPgsdError(error) ? error.sqlState : undefined
  const type = sqlState ?? (isPgsdError(error) ? error.code : error instanceof Error ? error.name : "_OTHER")
  // Left out rather than undefined, which exporters print as an empty label.
  return { "error.type": type, ...(sqlState !== undefined && { "db.response.status_code": sqlState }) }
}

/** Attributes of a metric, without those of unbounded cardinality. */
export function ofMetric({ "network.peer.address": _, "network.peer.port": __, ...bounded }: Attributes): Attributes {
  return bounded
}
