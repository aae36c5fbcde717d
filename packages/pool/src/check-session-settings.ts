import { invalidOption } from "./errors.ts"
import type { PoolSettings } from "./pool-options.ts"

/** A parameter name in SQL, including those of extensions: `work_mem`, `app.tenant`. */
const NAME = /^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)*$/
export const WAY_OUT = "ALTER ROLE … SET or ALTER DATABASE … SET at the server, or settings of a transaction"

/** @throws PgsdError PGSD_INVALID_OPTION */
export function checkSessionSettings({ settings, pooler, reset }: PoolSettings): void {
  if (pooler !== undefined && pooler !== "session" && pooler !== "transaction")
    throw invalidOption('pooler must be "session" or "transaction"')
  if (pooler === "transaction" && reset === "session")
    throw invalidOption(
      'reset: "session" is not possible behind a pooler in transaction mode (pooler: "transaction"): no session is one\'s own',
    )
  if (settings === undefined) return
  if (typeof settings !== "object" || settings === null || Array.isArray(settings))
    throw invalidOption('settings must be an object, e.g. { search_path: "app", statement_timeout: "5s" }')
  for (const [name, value] of Object.entries(settings)) {
    if (!NAME.test(name)) throw invalidOption(`settings: "${name}" is not the name of a parameter`)
    if (typeof value === "string" ? value.includes("\0") : typeof value !== "boolean" && !Number.isFinite(value))
      throw invalidOption(`settings.${name} must be a string without NUL, a finite number or a boolean`)
  }
  const names = Object.keys(settings)
  if (pooler === "transaction" && names.length > 0)
    throw invalidOption(`settings (${names.join(", ")}) do not last behind a pooler in transaction mode (pooler: "transaction")`, WAY_OUT)
}
