import { PHASES, type Step } from "./steps.ts"

/** Each step after what it needs, otherwise by phase, in the given order. Drops come before those of what they needed. */
export function inOrder(steps: readonly Step[], namesOf: NamesOf): Step[] {
  const phased = steps.map((step, at) => ({ step, at })).sort((one, other) => phaseOf(one.step) - phaseOf(other.step) || one.at - other.at)
  const sorted = phased.map(({ step }) => step)
  const [made, dropped] = [makers(sorted, false), makers(sorted, true)]
  const placed = new Set<Step>()
  const result: Step[] = []
  const underWay = new Set<Step>()
  const place = (step: Step) => {
    // In a cycle, one has to be first.
    if (placed.has(step) || underWay.has(step)) return
    underWay.add(step)
    for (const first of before.get(step) ?? []) place(first)
    placed.add(step)
    result.push(step)
  }
  const before = new Map<Step, Step[]>()
  for (const step of sorted) {
    for (const name of namesOf(step)) {
      // An overload, or a relation, by its own name.
      if (step.makes?.includes(name) === true) continue
      const makers = step.destructive === true ? dropped.get(name) : made.get(name)
      for (const other of makers ?? []) {
        if (other === step) continue
        const [later, earlier] = step.destructive === true ? [other, step] : [step, other]
        pushTo(before, later, earlier)
      }
    }
  }
  for (const step of sorted) place(step)
  return result
}

function phaseOf({ phase }: Step): number {
  return PHASES.indexOf(phase)
}

function makers(steps: readonly Step[], destructive: boolean): ReadonlyMap<string, readonly Step[]> {
  const found = new Map<string, Step[]>()
  for (const step of steps) if ((step.destructive === true) === destructive) for (const name of step.makes ?? []) pushTo(found, name, step)
  return found
}

export function pushTo<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

/** What a step needs, by name. */
export type NamesOf = (step: Step) => ReadonlySet<string>

/** Parses each step once. */
export function namesOfSteps(): NamesOf {
  const known = new Map<Step, ReadonlySet<string>>()
  return (step) => {
    const names = known.get(step) ?? namesIn(step.needs ?? step.sql)
    known.set(step, names)
    return names
  }
}

/** `$$` and `$tag$`; including overlapping ones, because each may end what it opens. */
const DOLLAR_TAG = /(?=(\$(?:[A-Za-z_]\w*)?\$))/g
const NAME = String.raw`"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*`
// Only from the first letter of a word: starting at each letter would make long words quadratic.
const QUALIFIED = new RegExp(`(?<![\\p{L}\\p{N}_$"])(${NAME})\\.(${NAME})(\\()?`, "gu")
/** What has a name of its own in the database. */
const ALONE = new RegExp(`\\b(?:SCHEMA|USING|LANGUAGE|EXTENSION) (${NAME})`, "gu")

const OPERATOR = new RegExp(`\\bOPERATOR\\((${NAME})\\.([^\\s()]+)\\)`, "gu")
/** Of anything but a string, whose cast is the type's own input. */
const CAST = new RegExp(`[^']::(${NAME})\\.(${NAME})`, "gu")

export function castKey(type: string): string {
  return `::${type}`
}

/** `schema.name` of everything that SQL mentions, also `schema.name(` of what may be a routine, and `.name` of schemas, access methods, languages and extensions. Bodies of functions are checked when they run. Linear: the texts come from a database. */
export function namesIn(sql: string): ReadonlySet<string> {
  const text = withoutDollarQuoted(sql)
  const names = new Set<string>()
  for (const [, schema, name, call] of text.matchAll(QUALIFIED)) {
    const key = `${unquoted(schema!)}.${unquoted(name!)}`
    names.add(key).add(`.${unquoted(schema!)}`)
    if (call !== undefined) names.add(`${key}(`)
  }
  for (const [, schema] of text.matchAll(ALONE)) names.add(`.${unquoted(schema!)}`)
  for (const [, schema, operator] of text.matchAll(OPERATOR)) names.add(`${unquoted(schema!)}.${operator}`)
  for (const [, schema, type] of text.matchAll(CAST)) names.add(castKey(`${unquoted(schema!)}.${unquoted(type!)}`))
  return names
}

/** SQL without what strings, quoted names and function bodies contain. */
export function bareText(sql: string): string {
  return withoutDollarQuoted(sql).replace(/(['"])(?:(?!\1)[\s\S]|\1\1)*\1/g, "$1$1")
}

function withoutDollarQuoted(sql: string): string {
  const tags = [...sql.matchAll(DOLLAR_TAG)].map(({ index, 1: tag }) => ({ index, tag: tag! }))
  const last = new Map(tags.map(({ index, tag }) => [tag, index]))
  let kept = ""
  let from = 0
  for (const { index, tag } of tags) {
    const start = index + tag.length
    if (index < from || last.get(tag)! < start) continue
    kept += sql.slice(from, index)
    from = sql.indexOf(tag, start) + tag.length
  }
  return kept + sql.slice(from)
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name
}
