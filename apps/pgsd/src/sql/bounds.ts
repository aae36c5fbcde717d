/** Whether the bounds of two partitions of one table certainly have no value in common. `type`: of the key, where it is one column with its type's usual order. */
export function areDisjoint(one: string, other: string, type: string | undefined): boolean {
  // What the default partition holds is a question of the data.
  if (one === "DEFAULT" || other === "DEFAULT") return one !== other
  const [lists, ranges] = [[one, other].map(listIn), [one, other].map(rangeIn)]
  if (lists[0] !== undefined && lists[1] !== undefined) return areOthers(lists[0], lists[1], type)
  if (ranges[0] === undefined || ranges[1] === undefined) return false
  const [first, second] = ranges
  const isAtMost = orderOf([...first, ...second], type)
  return isAtMost(first[1], second[0]) || isAtMost(second[1], first[0])
}

const INTEGERS = /^(?:smallint|integer|bigint)$/
const DATES = /^(?:date|timestamp(?:\(\d\))? with(?:out)? time zone)$/
/** Types of which equal values are printed equally. Others can print one value in two ways: numeric, citext, interval. */
const ONE_SPELLING = /^(?:boolean|uuid|text|character varying(?:\(\d+\))?)$/
const UNBOUNDED: readonly string[] = ["MINVALUE", "MAXVALUE"]
/** Of the same length they are ordered as text. Time zones are those of the reader, UTC. */
const DATE = /^'\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:\+00)?)?'$/

function areOthers(one: readonly string[], other: readonly string[], type = ""): boolean {
  const isKnown = [INTEGERS, DATES, ONE_SPELLING].some((types) => types.test(type))
  return isKnown && !one.some((value) => other.includes(value))
}

/** "Not after", as far as that is certain: of any type for equal values. */
function orderOf(values: readonly string[], type = ""): (low: string, high: string) => boolean {
  const bounded = values.filter((value) => !UNBOUNDED.includes(value))
  const areDates = DATES.test(type) && bounded.every((value) => DATE.test(value) && value.length === bounded[0]!.length)
  return (low, high) => {
    if (UNBOUNDED.includes(low) || UNBOUNDED.includes(high)) return low === "MINVALUE" || high === "MAXVALUE"
    if (INTEGERS.test(type)) return integer(low) <= integer(high)
    return low === high || (areDates && low <= high)
  }
}

function integer(value: string): bigint {
  return BigInt(value.replaceAll("'", ""))
}

const VALUE = String.raw`'(?:[^']|'')*'|[^\s',()]+`
const VALUES = new RegExp(VALUE, "g")
const LIST = new RegExp(`^FOR VALUES IN \\(((?:(?:${VALUE})(?:, )?)*)\\)$`)
const RANGE = new RegExp(`^FOR VALUES FROM \\((${VALUE})\\) TO \\((${VALUE})\\)$`)

function listIn(bound: string): string[] | undefined {
  const [, values] = LIST.exec(bound) ?? []
  return values === undefined ? undefined : [...values.matchAll(VALUES)].map(([value]) => value)
}

function rangeIn(bound: string): readonly [string, string] | undefined {
  const [, from, to] = RANGE.exec(bound) ?? []
  return from === undefined || to === undefined ? undefined : [from, to]
}
