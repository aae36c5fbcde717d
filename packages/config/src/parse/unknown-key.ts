import type { ConfigIssue } from "../errors.ts"
import { dialectHint } from "../parameters/dialects.ts"
import { suggestParameter } from "../parameters/suggest.ts"
import { echoKey, quoting } from "./echo.ts"

/** True for another tool's key and for a misspelt keyword, which are not part of a password. */
export function isRecognizable(key: string): boolean {
  return dialectHint(key) !== undefined || suggestParameter(key) !== undefined
}

/**
 * The issue for a key unknown to libpq. A recognised key is quoted; any other only if it cannot be part of a password (`suspect` says that
 * it can).
 */
export function unknownKey(text: string, key: string, source: string, suspect: boolean): ConfigIssue {
  const dialect = dialectHint(key)
  const meant = dialect === undefined ? suggestParameter(key) : undefined
  const shown = isRecognizable(key) || !suspect ? echoKey(key) : undefined
  return {
    code: "PGSD_CONFIG_UNKNOWN_KEY",
    message: quoting(text, shown),
    key: shown === undefined ? undefined : key,
    source,
    hint: dialect ?? (meant === undefined ? undefined : `did you mean "${meant}"?`),
  }
}
