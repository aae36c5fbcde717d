/*
 * What an error may repeat. A piece of a password reaches other places through a character that was not quoted or
 * encoded; such a piece is next to `@`, `=`, `%`, `:`, a backslash or a blank, so text with one of these is not repeated.
 */

/** The quoted value when repeating it cannot give a secret away. */
export function echoValue(text: string): string | undefined {
  return /^[\w.,+!:/[\]'?-]{0,64}$/.test(text) ? `"${text}"` : undefined
}

/** The quoted name of a parameter, or the text in its place: a colon only in a URI that cannot contain a password. */
export function echoKey(text: string): string | undefined {
  return /^[\w.'-]{0,64}$/.test(text) || isHarmlessUri(text) ? `"${text}"` : undefined
}

/** A scheme, a host, perhaps a port, a path, the start of a query; no user and no password. */
export function isHarmlessUri(text: string): boolean {
  return /^[A-Za-z][\w+.-]*:\/\/[\w.-]*(:\d{1,5})?(\/[\w.-]*)?(\?\w*)?$/.test(text) && text.length <= 64
}

/** libpq's message with the quoted text in it, or the same message without. */
export function quoting(before: string, quoted: string | undefined, after = ""): string {
  return quoted === undefined ? `${before.replace(/:$/, "")}${after}` : `${before} ${quoted}${after}`
}
