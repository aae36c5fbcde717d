/** Positions of a statement whose result depends on an unspecified order of rows. For the SQL of the catalog readers: no comments, no dollar quotes. */
export function unorderedLists(sql: string): string[] {
  const text = sql.replaceAll(/'(?:[^']|'')*'/g, "''")
  const lists = [...text.matchAll(/\b(?:\w+_agg|xmlagg)\(|\bARRAY\(\s*SELECT\b/gi)]
    .map((match) => inParentheses(text, text.indexOf("(", match.index)))
    .filter((list) => !/\bORDER BY\b/i.test(withoutNested(list)))
  const limits = [...text.matchAll(/\bLIMIT\b/gi)]
    .map(({ index }) => before(text, index))
    .filter((query) => !/\bORDER BY\b/i.test(withoutNested(query)))
  const firsts = [...text.matchAll(/\bDISTINCT ON\b/gi)].map(({ index }) => text.slice(index, index + 80))
  return [...lists, ...limits, ...firsts]
}

function inParentheses(text: string, open: number): string {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    if (text[at] === "(") depth++
    if (text[at] === ")" && --depth === 0) return text.slice(open + 1, at)
  }
  return text.slice(open + 1)
}

/** The query before this position, as far as its opening parenthesis. */
function before(text: string, end: number): string {
  let depth = 0
  for (let at = end - 1; at >= 0; at--) {
    if (text[at] === ")") depth++
    if (text[at] === "(" && --depth < 0) return text.slice(at + 1, end)
  }
  return text.slice(0, end)
}

function withoutNested(text: string): string {
  let inner = text
  for (let outer = ""; outer !== inner; ) {
    outer = inner
    inner = outer.replaceAll(/\([^()]*\)/g, " ")
  }
  return inner
}
