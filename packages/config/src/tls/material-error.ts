import type { ConfigErrorCode } from "../errors.ts"
import type { ParameterName } from "../parameters/table.ts"

/** TLS cannot be set up. With sslmode allow or prefer libpq goes on without it; with the others this is the error. */
export class MaterialError extends Error {
  readonly code: ConfigErrorCode
  readonly key: ParameterName
  readonly hint: string | undefined

  constructor(key: ParameterName, message: string, hint?: string, code: ConfigErrorCode = "PGSD_CONFIG_FILE") {
    super(message)
    this.key = key
    this.hint = hint
    this.code = code
  }
}
