import type { PercentProblem } from "./percent.ts"

/** Messages about a part of a URI, with and without its text. */
export interface PercentText {
  readonly shown: (quoted: string) => string
  readonly hidden: (part: string) => string
  readonly hint: string
}

export const PERCENT_TEXT: Readonly<Record<PercentProblem, PercentText>> = {
  token: {
    shown: (quoted) => `invalid percent-encoded token: ${quoted}`,
    hidden: (part) => `invalid percent-encoded token in ${part}`,
    hint: "write % as %25",
  },
  nul: {
    shown: (quoted) => `forbidden value %00 in percent-encoded value: ${quoted}`,
    hidden: (part) => `forbidden value %00 in ${part}`,
    hint: "PostgreSQL strings cannot contain a zero byte",
  },
  spaces: {
    shown: (quoted) => `unexpected spaces found in ${quoted}, use percent-encoded spaces (%20) instead`,
    hidden: (part) => `unexpected spaces found in ${part}, use percent-encoded spaces (%20) instead`,
    hint: "write a space as %20",
  },
}

export const NOT_UTF8: PercentText = {
  shown: (quoted) => `percent-encoded bytes that are not UTF-8: ${quoted}`,
  hidden: (part) => `percent-encoded bytes that are not UTF-8 in ${part}`,
  hint: "JavaScript strings are Unicode: encode the characters as UTF-8",
}
