import type { Verdict } from "../model/compare.ts"
import { type ColumnTypes, type TypesOfRelation, withScalarColumns } from "./column-types.ts"
import type { Form } from "./forms.ts"
import { withQuotedNames } from "./new-keywords.ts"
import type { Parse } from "./parser.ts"
import { SCALAR } from "./rules/arrays.ts"
import { withPositions } from "./rules/constants.ts"
import { LOCAL_RULES } from "./rules/local-rules.ts"
import { withoutUnseenNames } from "./rules/output-names.ts"
import { qualified } from "./rules/qualify.ts"
import { isTextual, withoutDefaultLabel } from "./rules/text-labels.ts"
import { fieldsOf, listOf, rewrite, sameTree, type Tree } from "./tree.ts"

/** A definition as a server printed it under the settings of readOnlySnapshot, with facts from its catalog. */
export interface Definition {
  readonly text: string
  readonly serverMajor: number
  readonly typesOf?: TypesOfRelation
  /** Columns of the table that the definition belongs to. */
  readonly own?: ColumnTypes | undefined
  /** Of a default: the type of the column, the same on both sides. */
  readonly columnType?: string | undefined
}

/**
 * Whether two definitions have the same meaning: both are parsed with PostgreSQL's own grammar, and the trees compared after meaning-preserving rules (./rules).
 * Analysing a printed text gives back the stored tree (as pg_dump relies on), so a rule has to preserve the result of the analysis. What no rule
 * covers differs if its text differs.
 */
export function sameMeaning(form: Form, one: Definition, other: Definition, parse: Parse): Verdict {
  const [before, after] = [one, other].map(({ text, serverMajor }) => parse(form.statement(withQuotedNames(text, serverMajor))))
  if (before === undefined || after === undefined) return "unread"
  try {
    return sameTree(normalised(before, form, one), normalised(after, form, other), (field) => field === SCALAR) ? "same" : "different"
  } catch (error) {
    // Nested more deeply than the stack.
    if (error instanceof RangeError) return "unread"
    throw error
  }
}

/** The statement after all rules: for comparison, never for display. */
function normalised(statement: Tree, form: Form, { typesOf = () => undefined, own, columnType }: Definition): Tree {
  const read = withPositions(statement)
  const inView = form.view === true ? qualified(read) : read
  const tree = rewrite(withoutUnseenNames(withScalarColumns(inView, typesOf, own, form.ownColumns)), LOCAL_RULES)
  return form.assigned === true && columnType !== undefined && isTextual(columnType) ? withoutLabel(tree) : tree
}

// SELECT ('a'::text) AS expression
function withoutLabel(statement: Tree): Tree {
  const select = fieldsOf(statement, "SelectStmt")
  const target = fieldsOf(listOf(select?.targetList)[0], "ResTarget")
  if (select === undefined || target?.val === undefined) return statement
  return { SelectStmt: { ...select, targetList: [{ ResTarget: { ...target, val: withoutDefaultLabel(target.val) } }] } }
}
