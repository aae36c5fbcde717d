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

/** The words for a failed file operation. */
export function fileProblem(code: string | undefined): string {
  return code === undefined ? "unknown error" : (SYSTEM_TEXT[code] ?? code)
}

const SYSTEM_TEXT: Readonly<Record<string, string>> = {
  ENOENT: "No such file or directory",
  ENOTDIR: "Not a directory",
  EACCES: "Permission denied",
  EISDIR: "Is a directory",
  ELOOP: "Too many levels of symbolic links",
}
