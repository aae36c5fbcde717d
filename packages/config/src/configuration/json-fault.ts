/**
 * The position of a JSON syntax error: the offset of the first invalid character, or the length of the text if it ends early. The engine's
 * message is unusable: it quotes the surrounding text, which may be a password, and Node 20 does not always give the position.
 */
export function jsonFault(text: string): number {
  const scanner = new Scanner(text)
  try {
    scanner.document()
    return text.length
  } catch (error) {
    if (error instanceof Fault) return error.at
    throw error
  }
}

class Fault extends Error {
  readonly at: number

  constructor(at: number) {
    super()
    this.at = at
  }
}

const BLANK = /[ \t\r\n]*/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside a string.
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/y
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): void {
    this.#value()
    if (this.#at < this.#text.length) throw new Fault(this.#at)
  }

  #value(): void {
    this.#take(BLANK)
    if (this.#takeCharacter("{")) this.#members("}", () => this.#member())
    else if (this.#takeCharacter("[")) this.#members("]", () => this.#value())
    else if (!this.#take(STRING) && !this.#take(SCALAR)) throw new Fault(this.#at)
    this.#take(BLANK)
  }

  #members(end: string, member: () => void): void {
    this.#take(BLANK)
    if (this.#takeCharacter(end)) return
    do member()
    while (this.#takeCharacter(","))
    if (!this.#takeCharacter(end)) throw new Fault(this.#at)
  }

  #member(): void {
    this.#take(BLANK)
    if (!this.#take(STRING)) throw new Fault(this.#at)
    this.#take(BLANK)
    if (!this.#takeCharacter(":")) throw new Fault(this.#at)
    this.#value()
  }

  #takeCharacter(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found === null) return false
    this.#at = pattern.lastIndex
    return true
  }
}
