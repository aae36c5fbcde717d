import { listOf, type Rewrite, textOfTree } from "../tree.ts"

/**
 * B: the values of `FOR VALUES IN (…)` are a set.
 *
 * Reason: a bound is printed in the order in which it was written.
 * Proof: the server drops repeated values, sorts the rest when it builds the partition descriptor (create_list_bounds) and never looks at their order. The
 * values of a range bound are in the order of the key's columns and are left alone.
 */
export const bound: Rewrite = (fields) => ({
  PartitionBoundSpec: fields.strategy === "l" ? { ...fields, listdatums: asSet(fields.listdatums) } : fields,
})

function asSet(values: Parameters<typeof listOf>[0]) {
  const byText = new Map(listOf(values).map((value) => [textOfTree(value), value]))
  return [...byText.keys()].sort().map((text) => byText.get(text)!)
}
