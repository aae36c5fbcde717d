/*
 * Decides which text an error may contain. A fragment of a password that was not quoted or encoded ends up elsewhere, next to `@`, `=`,
 * `%`, `:`, a backslash or a space, so text with one of these is omitted.
 */

/** The quoted value, if that cannot reveal a secret. */
export function echoValue(text: string): string | undefined {
  return /^[\w.,+!:/[\]'?-]{0,64}$/.test(text) ? `"${text}"` : undefined
}

/** The quoted name of a parameter, or of what replaces it: with a colon only in a URI that cannot contain a password. */
export function echoKey(text: string): string | undefined {
  return /^[\w.'-]{0,64}$/.test(text) || isHarmlessUri(text) ? `"${text}"` : undefined
}

/** A scheme, a host, optionally a port, a path, the start of a query; no user and no password. */
export function isHarmlessUri(text: string): boolean {
  return /^[A-Za-z][\w+.-]*:\/\/[\w.-]*(:\d{1,5})?(\/[\w.-]*)?(\?\w*)?$/.test(text) && text.length <= 64
}

/** libpq's message, with or without the quoted text. */
export function quoting(before: string, quoted: string | undefined, after = ""): string {
  return quoted === undefined ? `${before.replace(/:$/, "")}${after}` : `${before} ${quoted}${after}`
}
