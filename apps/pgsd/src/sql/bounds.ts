/** Whether the bounds of two partitions of one table certainly have no value in common: lists, and ranges of one integer or date. */
export function areDisjoint(one: string, other: string): boolean {
  // What the default partition holds is a question of the data.
  if (one === "DEFAULT" || other === "DEFAULT") return one !== other
  const [lists, ranges] = [[one, other].map(listIn), [one, other].map(rangeIn)]
  if (lists[0] !== undefined && lists[1] !== undefined) return !lists[0].some((value) => lists[1]!.includes(value))
  if (ranges[0] === undefined || ranges[1] === undefined) return false
  const [first, second] = ranges
  const values = [...first, ...second].filter((value) => !UNBOUNDED.includes(value))
  const toNumber = values.every((value) => /^'?-?\d{1,15}'?$/.test(value))
  if (!toNumber && !values.every((value) => DATE.test(value) && value.length === values[0]!.length)) return false
  const isAtMost = (low: string, high: string) => {
    if (UNBOUNDED.includes(low) || UNBOUNDED.includes(high)) return low === "MINVALUE" || high === "MAXVALUE"
    return toNumber ? Number(low.replaceAll("'", "")) <= Number(high.replaceAll("'", "")) : low <= high
  }
  return isAtMost(first[1], second[0]) || isAtMost(second[1], first[0])
}

const UNBOUNDED = ["MINVALUE", "MAXVALUE"]
/** Without a time zone, or all in UTC: of the same length they are ordered as text. */
const DATE = /^'\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:\+00)?)?'$/
const VALUE = String.raw`'(?:[^']|'')*'|[^\s',()]+`

function listIn(bound: string): string[] | undefined {
  const [, values] = new RegExp(`^FOR VALUES IN \\(((?:(?:${VALUE})(?:, )?)*)\\)$`).exec(bound) ?? []
  return values === undefined ? undefined : [...values.matchAll(new RegExp(VALUE, "g"))].map(([value]) => value)
}

function rangeIn(bound: string): readonly [string, string] | undefined {
  const [, from, to] = new RegExp(`^FOR VALUES FROM \\((${VALUE})\\) TO \\((${VALUE})\\)$`).exec(bound) ?? []
  return from === undefined || to === undefined ? undefined : [from, to]
}
