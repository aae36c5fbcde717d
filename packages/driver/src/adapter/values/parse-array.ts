type Nested = unknown[]

/**
 * Parses an array (PostgreSQL documentation, "Array Input and Output Syntax") into nested arrays, with NULL as null. Bounds (`[0:1]={1,2}`)
 * are ignored, because JavaScript arrays start at 0. Text that is not an array is returned unchanged.
 */
export function parseArray(text: string, parseElement: (text: string) => unknown, delimiter: "," | ";"): unknown[] | string {
  const start = text.startsWith("[") ? text.indexOf("=") + 1 : 0
  if (text[start] !== "{") return text
  const root: Nested = []
  const open: Nested[] = [root]
  let at = start + 1
  for (;;) {
    const current = open.at(-1)!
    const char = text[at]
    if (char === "{") {
      const inner: Nested = []
      current.push(inner)
      open.push(inner)
      at++
      continue
    }
    if (char !== "}" || current.length > 0) {
      const end = char === '"' ? pushQuoted(text, at, current, parseElement) : pushPlain(text, at, current, parseElement, delimiter)
      if (end === undefined) return text
      at = end
    }
    // After an element or an inner array: the arrays that end here, then a delimiter or the end of the text.
    while (text[at] === "}") {
      open.pop()
      at++
      if (open.length === 0) return at === text.length ? root : text
    }
    if (text[at] !== delimiter) return text
    at++
  }
}

function pushQuoted(text: string, at: number, into: Nested, parseElement: (text: string) => unknown): number | undefined {
  let element = ""
  let from = at + 1
  for (let next = from; next < text.length; next++) {
    const char = text[next]
    if (char === '"') {
      into.push(parseElement(element + text.slice(from, next)))
      return next + 1
    }
    if (char === "\\") {
      element += text.slice(from, next)
      from = ++next
    }
  }
  return undefined
}

function pushPlain(
  text: string,
  at: number,
  into: Nested,
  parseElement: (text: string) => unknown,
  delimiter: "," | ";",
): number | undefined {
  let end = at
  while (end < text.length && text[end] !== delimiter && text[end] !== "}") end++
  if (end === at || end === text.length) return undefined
  const element = text.slice(at, end)
  into.push(element === "NULL" ? null : parseElement(element))
  return end
}
