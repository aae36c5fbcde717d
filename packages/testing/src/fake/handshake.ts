import { type ConnectionInfo, type ConnectionPlace, isSecret, place, type Target } from "@pgsd/driver"
import { failureOf } from "./failure.ts"

/** ParameterStatus of a PostgreSQL 18 with its defaults. */
export const SERVER_PARAMETERS: Readonly<Record<string, string>> = {
  server_version: "18.0",
  server_encoding: "UTF8",
  client_encoding: "UTF8",
  DateStyle: "ISO, MDY",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  integer_datetimes: "on",
  standard_conforming_strings: "on",
  default_transaction_read_only: "off",
  in_hot_standby: "off",
  is_superuser: "on",
}

export function infoOf(driver: string, id: number, target: Target | undefined): ConnectionInfo {
  if (target === undefined)
    return { label: driver, user: "postgres", database: "postgres", processId: id, authentication: "trust", connectTimeMs: 0 }
  const { host, address, port = 5432, user, database = user, label } = target
  return {
    label: label ?? `${place({ host, port })}/${database}`,
    host,
    ...(address === undefined ? {} : { address }),
    port,
    user,
    database,
    processId: id,
    authentication: target.password === undefined ? "trust" : "scram-sha-256",
    connectTimeMs: 0,
  }
}

/** Calls the target's password source only if the server requires a password, as a real attempt does. */
export async function refusePassword(
  expected: string | undefined,
  target: Target | undefined,
  signal: AbortSignal | undefined,
  context: ConnectionPlace,
): Promise<void> {
  if (expected === undefined) return
  const source = target?.password
  const given = typeof source === "function" ? await source({ signal }) : source
  if ((isSecret(given) ? given.reveal() : given) === expected) return
  const message = `password authentication failed for user "${target?.user ?? "postgres"}"`
  throw failureOf({ sqlState: "28P01", message }, { ...context, phase: "auth" })
}
