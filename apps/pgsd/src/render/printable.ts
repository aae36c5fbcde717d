import stringWidth from "string-width"
import wrapAnsi from "wrap-ansi"

// Control characters, and the marks that reorder text on a screen: names come from a database, and a terminal obeys.
const UNSAFE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/gu

/** One line, with everything a terminal would obey written as `\u{1b}`. */
export function printable(text: string): string {
  return printableLines(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t")
}

/** The same, keeping line breaks and tabs. */
export function printableLines(text: string): string {
  return text.replaceAll(UNSAFE, (character) =>
    character === "\n" || character === "\t" ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`,
  )
}

/** JSON that means the same, with everything a terminal would obey written as `\u001b`. */
export function printableJson(json: string): string {
  return json.replaceAll(UNSAFE, (character) =>
    character === "\n" ? character : `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  )
}

/** Columns that a text takes on a screen, without its colours; East Asian wide characters and emoji take two. */
export function displayWidth(text: string): number {
  return stringWidth(text)
}

/** Filled up with spaces to so many columns. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)))
}

/** Broken between words so that no line is wider, unless a single word is. */
export function wrapped(text: string, width: number): string[] {
  return wrapAnsi(text, width).split("\n")
}
