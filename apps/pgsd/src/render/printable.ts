import { stripVTControlCharacters } from "node:util"

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

/** Columns that a text takes on a screen; East Asian wide characters and emoji take two. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of stripVTControlCharacters(text)) width += widthOf(character.codePointAt(0)!, character)
  return width
}

function widthOf(code: number, character: string): number {
  if (code < 0x300) return 1
  if (/^\p{Mark}|\p{Default_Ignorable_Code_Point}$/u.test(character)) return 0
  return WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1
}

// Unicode's East Asian Width W and F, without the rare blocks.
const WIDE: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
]

/** Filled up with spaces to so many columns. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)))
}

/** Broken between words so that no line is wider, unless a single word is. */
export function wrapped(text: string, width: number): string[] {
  return text.split("\n").flatMap((line) => {
    const lines: string[] = [""]
    for (const word of line.split(" ")) {
      const last = lines.at(-1)!
      const longer = last === "" ? word : `${last} ${word}`
      if (last !== "" && displayWidth(longer) > width) lines.push(word)
      else lines[lines.length - 1] = longer
    }
    return lines
  })
}
