import { PHASES, type Step } from "./steps.ts"

/** Each after what it needs, and otherwise by phase, as they came. What is taken away goes before what it needed. */
export function inOrder(steps: readonly Step[]): Step[] {
  const phased = steps.map((step, at) => ({ step, at })).sort((one, other) => phaseOf(one.step) - phaseOf(other.step) || one.at - other.at)
  const sorted = phased.map(({ step }) => step)
  const [made, dropped] = [makers(sorted, false), makers(sorted, true)]
  const placed = new Set<Step>()
  const result: Step[] = []
  const underWay = new Set<Step>()
  const place = (step: Step) => {
    // Of a circle, one has to be first.
    if (placed.has(step) || underWay.has(step)) return
    underWay.add(step)
    for (const first of before.get(step) ?? []) place(first)
    placed.add(step)
    result.push(step)
  }
  const before = new Map<Step, Step[]>()
  for (const step of sorted) {
    const needed = namesIn(step.needs ?? step.sql)
    for (const name of needed) {
      const makers = step.destructive === true ? dropped.get(name) : made.get(name)
      for (const other of makers ?? []) {
        if (other === step) continue
        const [later, earlier] = step.destructive === true ? [other, step] : [step, other]
        before.set(later, [...(before.get(later) ?? []), earlier])
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
  for (const step of steps)
    if (step.makes !== undefined && (step.destructive === true) === destructive)
      found.set(step.makes, [...(found.get(step.makes) ?? []), step])
  return found
}

const DOLLAR_QUOTED = /\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$/g
const NAME = String.raw`"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*`
const QUALIFIED = new RegExp(`(${NAME})\\.(${NAME})`, "gu")
const SCHEMA = new RegExp(`\\b(?:SCHEMA) (${NAME})`, "gu")

/** `schema.name` of everything that SQL mentions, and its schemas. Bodies of functions are looked at when they run. */
export function namesIn(sql: string): ReadonlySet<string> {
  const text = sql.replaceAll(DOLLAR_QUOTED, "")
  const names = new Set<string>()
  for (const [, schema, name] of text.matchAll(QUALIFIED)) names.add(`${unquoted(schema!)}.${unquoted(name!)}`).add(`.${unquoted(schema!)}`)
  for (const [, schema] of text.matchAll(SCHEMA)) names.add(`.${unquoted(schema!)}`)
  return names
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name
}
