import { isFields, kindOf, mapList, type Tree } from "./tree.ts"

/** The only statement in a text; `undefined` for what the grammar cannot parse, and for anything but one statement. */
export type Parse = (text: string) => Tree | undefined

/** Larger definitions are compared as text: a tree takes about a thousand times the memory of its text. */
const LONGEST_TEXT = 1_000_000

/**
 * Loads PostgreSQL 18's own grammar, compiled to WebAssembly (about 40 ms and 20 MB, once). Needed only when two texts differ.
 * `undefined` where it cannot be loaded: definitions are then compared as text.
 */
export async function loadParser(): Promise<Parse | undefined> {
  try {
    const { loadModule, parseSync } = await import("libpg-query")
    await loadModule()
    return (text) => statementIn(text, parseSync as (text: string) => unknown)
  } catch {
    return undefined
  }
}

function statementIn(text: string, parse: (text: string) => unknown): Tree | undefined {
  if (text.length > LONGEST_TEXT) return undefined
  try {
    const { stmts } = parse(text) as { readonly stmts?: readonly { readonly stmt: Tree }[] }
    return stmts?.length === 1 ? uniform(stmts[0]!.stmt) : undefined
  } catch {
    // Not of this grammar, or nested more deeply than its stack or ours.
    return undefined
  }
}

const PLACES = new Set([
  "location",
  "name_location",
  "list_start",
  "list_end",
  "rexpr_list_start",
  "rexpr_list_end",
  "stmt_location",
  "stmt_len",
])

/** Fields whose node type is omitted in the grammar's JSON, because only one is possible. */
const UNNAMED: Readonly<Record<string, string>> = {
  larg: "SelectStmt",
  rarg: "SelectStmt",
  typeName: "TypeName",
  argType: "TypeName",
  returnType: "TypeName",
  partbound: "PartitionBoundSpec",
}

/** Without positions in the text, and with every node type named. Field names are the grammar's; user-chosen names are always values. */
function uniform(tree: Tree): Tree {
  if (Array.isArray(tree)) return mapList(tree, uniform)
  if (!isFields(tree)) return tree
  const fields: Record<string, Tree> = {}
  for (const field in tree) {
    const value = tree[field]
    if (value === undefined || (PLACES.has(field) && typeof value === "number")) continue
    const node = uniform(value)
    // The sides of a join are nodes of any named type, those of a set operation are not.
    const kind = Object.hasOwn(UNNAMED, field) && isFields(node) && kindOf(node) === undefined ? UNNAMED[field] : undefined
    fields[field] = kind === undefined ? node : { [kind]: node }
  }
  return fields
}
