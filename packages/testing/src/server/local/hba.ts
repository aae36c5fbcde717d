import { SUPERUSER } from "./data-folder.ts"

/** SCRAM for every user, over TCP and the socket. */
const DEFAULT_HBA = ["local all all scram-sha-256", "host all all all scram-sha-256"] as const

/** This package's own sessions and standbys use the private socket, whatever the caller's lines say. */
export function hbaFile(lines: readonly string[] = DEFAULT_HBA): string {
  return [`local all ${SUPERUSER} trust`, `local replication ${SUPERUSER} trust`, ...lines, ""].join("\n")
}
