import type { ConnectionConfig, Host, Secret } from "@pgsd/driver"
import { ConfigError } from "../../src/index.ts"

/** The password for a host in plain text; undefined when no source has one. */
export async function passwordOf(config: { password: ConnectionConfig["password"] }, host: Host): Promise<string | undefined> {
  let found: Secret | undefined
  try {
    found = await config.password(host)
  } catch (error) {
    if (error instanceof ConfigError && error.code === "PGSD_PASSWORD_MISSING") return undefined
    throw error
  }
  return found?.reveal()
}
