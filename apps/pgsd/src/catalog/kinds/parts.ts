import { classOf, listOf, tablespaceOf } from "../sql.ts"

/** What a partition has from its parent is the parent's, but for what can be set on the partition alone. */
export const PARTITION_INDEXES = listOf(
  `pg_catalog.concat_ws(' ', pg_catalog.quote_ident(p.relname), CASE WHEN NOT x.indisvalid THEN 'invalid' END, CASE WHEN x.indisclustered THEN 'clustered' END,
      'options ' || pg_catalog.array_to_string(i.reloptions, ', '), 'tablespace ' || ${tablespaceOf("i.reltablespace")},
      'statistics ' || NULLIF(pg_catalog.array_to_string(${listOf("pg_catalog.concat(a.attnum, ': ', a.attstattarget)", "pg_catalog.pg_attribute AS a WHERE a.attrelid = i.oid AND a.attstattarget >= 0", "a.attnum")}, ', '), ''))`,
  `pg_catalog.pg_index AS x JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid JOIN pg_catalog.pg_inherits AS h ON h.inhrelid = i.oid
      JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent
      WHERE x.indrelid = c.oid AND i.relispartition AND (NOT x.indisvalid OR x.indisclustered OR i.reltablespace <> p.reltablespace
        OR EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = i.oid AND a.attstattarget >= 0)
        OR pg_catalog.array_to_string(i.reloptions, ',') IS DISTINCT FROM pg_catalog.array_to_string(p.reloptions, ','))`,
)
export const PARTITION_TRIGGERS = listOf(
  `pg_catalog.concat(pg_catalog.quote_ident(t.tgname), ' ', t.tgenabled)`,
  `pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_trigger AS p ON p.oid = t.tgparentid
      WHERE t.tgrelid = c.oid AND NOT p.tgisinternal AND t.tgenabled <> p.tgenabled`,
)
export const PARTITION_CONSTRAINTS = listOf(
  `pg_catalog.concat(pg_catalog.quote_ident(p.conname), CASE WHEN k.convalidated THEN ' valid' ELSE ' not valid' END)`,
  `pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_constraint AS p ON p.oid = k.conparentid
      WHERE k.conrelid = c.oid AND p.conrelid <> c.oid AND k.convalidated <> p.convalidated`,
)
/** A check constraint that a child has from its parent can be validated, or enforced, on its own: those whose state no parent has. */
export const inheritedChecks = (enforced: boolean) => {
  const state = (constraint: string) =>
    enforced
      ? `CASE WHEN NOT ${constraint}.conenforced THEN 'not enforced' WHEN ${constraint}.convalidated THEN 'valid' ELSE 'not valid' END`
      : `CASE WHEN ${constraint}.convalidated THEN 'valid' ELSE 'not valid' END`
  return listOf(
    `pg_catalog.concat(pg_catalog.quote_ident(k.conname), ' ', ${state("k")})`,
    `pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.coninhcount > 0 AND NOT k.conislocal
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS h JOIN pg_catalog.pg_constraint AS p ON p.conrelid = h.inhparent
        WHERE h.inhrelid = c.oid AND p.contype = 'c' AND p.conname = k.conname AND ${state("p")} = ${state("k")})`,
  )
}
// What has no object of its own here, because it is a parent's or the relation itself, can have a comment of its own.
const COMMENTED: readonly (readonly [kind: string, catalog: string, name: string, from: string])[] = [
  ["type", "pg_type", "t.typname", "pg_catalog.pg_type AS t WHERE t.oid = c.reltype"],
  [
    "constraint",
    "pg_constraint",
    "k.conname",
    "pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid AND (k.contype IN ('n', 't') OR NOT k.conislocal OR k.conparentid <> 0)",
  ],
  ["rule", "pg_rewrite", "w.rulename", "pg_catalog.pg_rewrite AS w WHERE w.ev_class = c.oid AND w.rulename = '_RETURN'"],
  [
    "index",
    "pg_class",
    "i.relname",
    "pg_catalog.pg_index AS x JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid AND i.relispartition",
  ],
  ["trigger", "pg_trigger", "g.tgname", "pg_catalog.pg_trigger AS g WHERE g.tgrelid = c.oid AND g.tgparentid <> 0"],
]
export const partComments = (triggerParents: boolean) => {
  const parts = COMMENTED.filter(([kind]) => kind !== "trigger" || triggerParents).map(
    ([kind, catalog, name, from]) =>
      `SELECT '${kind} ' || pg_catalog.quote_ident(${name}) AS part, ${classOf(catalog)} AS classoid, ${name.split(".")[0]}.oid AS oid FROM ${from}`,
  )
  return listOf(
    "pg_catalog.concat(part.part, ': ', d.description)",
    `(${parts.join("\n        UNION ALL ")}) AS part JOIN pg_catalog.pg_description AS d ON d.objoid = part.oid AND d.classoid = part.classoid AND d.objsubid = 0`,
  )
}
export const ifPartition = (list: string) => `CASE WHEN c.relispartition THEN ${list} END`
