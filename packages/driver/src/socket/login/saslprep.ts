import { includes, LEFT_TO_RIGHT, PROHIBITED, RIGHT_TO_LEFT, UNASSIGNED } from "./stringprep-tables.ts"

/** RFC 3454, C.1.2; applied before B.1, so that U+200B becomes a space. */
const NON_ASCII_SPACE = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g
/** RFC 3454, B.1. Alternatives rather than a class, because some are combining characters. */
const MAPPED_TO_NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/g

/**
 * Normalises a password as SCRAM hashes it: RFC 4013 as implemented by PostgreSQL's pg_saslprep. ASCII is unchanged, including control
 * characters; the checks for prohibited and bidirectional characters run before NFKC; a password that fails them is used unchanged.
 */
export function saslprep(password: string): string {
  if (!/[^\0-\x7f]/.test(password)) return password
  const mapped = password.replace(NON_ASCII_SPACE, " ").replace(MAPPED_TO_NOTHING, "")
  return mapped !== "" && isAllowed(mapped) ? mapped.normalize("NFKC") : password
}

function isAllowed(text: string): boolean {
  const codes = Array.from(text, (character) => character.codePointAt(0)!)
  if (codes.some((code) => includes(PROHIBITED, code) || includes(UNASSIGNED, code))) return false
  if (!codes.some((code) => includes(RIGHT_TO_LEFT, code))) return true
  const [first, last] = [codes[0]!, codes.at(-1)!]
  return includes(RIGHT_TO_LEFT, first) && includes(RIGHT_TO_LEFT, last) && !codes.some((code) => includes(LEFT_TO_RIGHT, code))
}
