import type { ObjectKind } from "../model/catalog.ts"

/** How the text of a fact becomes a statement that the grammar can parse. */
export interface Form {
  readonly statement: (text: string) => string
  /** The outermost query is a view's, printed without relation names since 16: rule Q. */
  readonly view?: true
  /** The whole is assigned to a column of a known type: rule D. */
  readonly assigned?: true
  /** How the columns of the owning table are named: directly, or as columns of `old` and `new`. */
  readonly ownColumns?: "bare" | "old and new"
}

const whole: Form = { statement: (text) => text }
const view: Form = { ...whole, view: true }
const onRows: Form = { ...whole, ownColumns: "old and new" }
const expression: Form = { statement: (text) => `SELECT (${text}) AS expression` }
const ofColumns: Form = { ...expression, ownColumns: "bare" }

const constraint: Form = { statement: (text) => `ALTER TABLE t ADD CONSTRAINT c ${text}`, ownColumns: "bare" }
const domainCheck: Form = { statement: (text) => `ALTER DOMAIN d ADD CONSTRAINT c ${text}` }
const partition: Readonly<Record<string, Form>> = {
  partitionBy: { statement: (text) => `CREATE TABLE t () PARTITION BY ${text}` },
  bound: { statement: (text) => `CREATE TABLE p PARTITION OF t ${text}` },
}

/** Every fact that is SQL, and how to parse it. An unlisted fact is compared as text. `constraint *`: every fact with that prefix. */
const FORMS: Readonly<Partial<Record<ObjectKind, Readonly<Record<string, Form>>>>> = {
  view: { definition: view },
  materialized_view: { definition: view },
  column: { default: { ...expression, assigned: true }, generated: ofColumns },
  domain: { default: expression, "constraint *": domainCheck },
  constraint: { definition: constraint },
  index: { definition: { ...whole, ownColumns: "bare" } },
  statistics: { definition: { ...whole, ownColumns: "bare" } },
  trigger: { definition: onRows },
  rule: { definition: onRows },
  policy: { using: ofColumns, withCheck: ofColumns },
  function: { definition: whole },
  procedure: { definition: whole },
  extension: {
    "definition of view *": view,
    "definition of materialized view *": view,
    "definition of function *": whole,
    "definition of procedure *": whole,
    "definition of default value *": expression,
    "definition of table constraint *": constraint,
    "definition of index *": { ...whole, ownColumns: "bare" },
    "definition of trigger *": onRows,
    "definition of rule *": onRows,
    "definition of policy *": whole,
    "definition of statistics object *": { ...whole, ownColumns: "bare" },
  },
  table: partition,
  foreign_table: partition,
  publication: { "filter of *": expression },
}

export function formOf(kind: ObjectKind, fact: string): Form | undefined {
  const forms = Object.entries(FORMS[kind] ?? {})
  return forms.find(([name]) => (name.endsWith("*") ? fact.startsWith(name.slice(0, -1)) : fact === name))?.[1]
}
