/** A parse tree as plain data. A node is an object with one key, its type in the grammar, and its fields: `{ ColumnRef: { fields: [...] } }`. */
export type Tree = string | number | boolean | null | readonly Tree[] | Fields

export interface Fields {
  readonly [field: string]: Tree | undefined
}

/** Rewrites the fields of one type of node: returns a node of this or another type. */
export type Rewrite = (fields: Fields) => Tree

export function isFields(tree: Tree | undefined): tree is Fields {
  return typeof tree === "object" && tree !== null && !Array.isArray(tree)
}

/** The fields of a node of this kind; `undefined` for anything else. */
export function fieldsOf(tree: Tree | undefined, kind: string): Fields | undefined {
  const fields = isFields(tree) ? tree[kind] : undefined
  return isFields(fields) ? fields : undefined
}

/** A list; absent means empty. */
export function listOf(tree: Tree | undefined): readonly Tree[] {
  return Array.isArray(tree) ? tree : []
}

/** The text of a String node: one part of a qualified name. */
export function textOf(tree: Tree | undefined): string | undefined {
  const fields = fieldsOf(tree, "String")
  // The empty string is a default value, and defaults are omitted.
  return fields === undefined ? undefined : typeof fields.sval === "string" ? fields.sval : ""
}

/** `["t", "a"]` of the column `t.a`; `undefined` for anything else. The `*` of `t.*` is `undefined`. */
export function columnPath(tree: Tree | undefined): readonly (string | undefined)[] | undefined {
  const fields = fieldsOf(tree, "ColumnRef")
  return fields === undefined ? undefined : listOf(fields.fields).map(textOf)
}

/** The name of a column that is written without its relation. */
export function bareColumn(tree: Tree | undefined): string | undefined {
  const path = columnPath(tree)
  return path?.length === 1 ? path[0] : undefined
}

export function withoutField(fields: Fields, field: string): Fields {
  const { [field]: _, ...rest } = fields
  return rest
}

/**
 * The tree with its children replaced: the elements of a list, the fields of a node. Unchanged parts are shared, not copied. Loops instead of nested
 * callbacks: trees are deep, and the stack is not.
 */
export function mapChildren(tree: Tree, change: (child: Tree, field: string) => Tree): Tree {
  if (Array.isArray(tree)) return mapList(tree, (each) => change(each, ""))
  return isFields(tree) ? mapFields(tree, change) : tree
}

export function mapList(list: readonly Tree[], change: (each: Tree) => Tree): readonly Tree[] {
  let changed: Tree[] | undefined
  for (let at = 0; at < list.length; at++) {
    const each = change(list[at]!)
    if (each !== list[at]) changed ??= list.slice()
    if (changed !== undefined) changed[at] = each
  }
  return changed ?? list
}

export function mapFields(fields: Fields, change: (each: Tree, field: string) => Tree): Fields {
  let changed: Record<string, Tree | undefined> | undefined
  for (const field in fields) {
    const before = fields[field]
    if (before === undefined) continue
    const after = change(before, field)
    if (after !== before) {
      changed ??= { ...fields }
      changed[field] = after
    }
  }
  return changed ?? fields
}

/** Rewrites every node, inner ones first. */
export function rewrite(tree: Tree, rules: Readonly<Record<string, Rewrite>>): Tree {
  const inner = mapChildren(tree, (each) => rewrite(each, rules))
  const kind = kindOf(inner)
  const rule = kind !== undefined && Object.hasOwn(rules, kind) ? rules[kind] : undefined
  const fields = kind === undefined ? undefined : fieldsOf(inner, kind)
  return rule === undefined || fields === undefined ? inner : rule(fields)
}

/** The type of a node; `undefined` for anything else. Node types begin with a capital, field names do not. */
export function kindOf(tree: Tree | undefined): string | undefined {
  if (!isFields(tree)) return undefined
  const [kind, ...others] = Object.keys(tree)
  return others.length === 0 && kind !== undefined && kind >= "A" && kind < "a" ? kind : undefined
}

/** True for trees that are equal except for the order of fields and for fields with `isMark`. */
export function sameTree(one: Tree | undefined, other: Tree | undefined, isMark: (field: string) => boolean = () => false): boolean {
  if (one === other) return true
  if (Array.isArray(one))
    return Array.isArray(other) && one.length === other.length && one.every((each, at) => sameTree(each, other[at], isMark))
  if (!isFields(one) || !isFields(other)) return false
  for (const field in one) if (!isMark(field) && !sameTree(one[field], other[field], isMark)) return false
  for (const field in other) if (one[field] === undefined && other[field] !== undefined && !isMark(field)) return false
  return true
}

/** A key of the tree, independent of the order of its fields. */
export function textOfTree(tree: Tree): string {
  if (Array.isArray(tree)) return `[${tree.map(textOfTree).join(",")}]`
  if (!isFields(tree)) return JSON.stringify(tree)
  const fields = Object.keys(tree).sort()
  return `{${fields.map((field) => `${JSON.stringify(field)}:${textOfTree(tree[field] ?? null)}`).join(",")}}`
}
