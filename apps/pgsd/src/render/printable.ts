import stringWidth from "string-width"
import wrapAnsi from "wrap-ansi"

// Control characters, and marks that reorder text: names come from a database, and a terminal would interpret them.
const UNSAFE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/gu

/** One line, with control characters escaped as `\u{1b}`. */
export function printable(text: string): string {
  return printableLines(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t")
}

/** The same, keeping line breaks and tabs. */
export function printableLines(text: string): string {
  return text.replaceAll(UNSAFE, (character) =>
    character === "\n" || character === "\t" ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`,
  )
}

/** Equivalent JSON, with control characters escaped as `\u001b`. */
export function printableJson(json: string): string {
  return json.replaceAll(UNSAFE, (character) =>
    character === "\n" ? character : `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  )
}

/** Display width of a text, without its colours; East Asian wide characters and emoji take two columns. */
export function displayWidth(text: string): number {
  return stringWidth(text)
}

/** Padded with spaces to that many columns. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)))
}

/** Wrapped between words so that no line is wider, unless a single word is. */
export function wrapped(text: string, width: number): string[] {
  return wrapAnsi(text, width).split("\n")
}
