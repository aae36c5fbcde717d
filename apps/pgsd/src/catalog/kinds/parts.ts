import { classOf, listOf, tablespaceOf } from "../sql.ts"

/** What a partition inherits belongs to the parent, except for what can be set on the partition alone. */
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
/**
 * What an internal trigger `t` of a constraint, with the function `f`, checks and when: `delete in the referenced table: disabled`. The triggers of a foreign key
 * are on two tables, which can be the same one, and each is enabled separately: its function says which it is.
 */
export const CHECKED = `pg_catalog.concat(CASE WHEN t.tgtype & 28 = 20 THEN 'insert and update' WHEN t.tgtype & 4 <> 0 THEN 'insert'
      WHEN t.tgtype & 8 <> 0 THEN 'delete' ELSE 'update' END,
      CASE WHEN pg_catalog.left(f.proname, 13) = 'RI_FKey_check' THEN ' in the referencing table'
      WHEN pg_catalog.left(f.proname, 8) = 'RI_FKey_' THEN ' in the referenced table' END,
      CASE t.tgenabled WHEN 'D' THEN ': disabled' WHEN 'R' THEN ': on replicas only' WHEN 'A' THEN ': always' ELSE ': enabled' END)`

/** A partition's triggers in another state than their parent's. Clones are internal up to 14, and have tgparentid since 13: dependencies have the parent since 12. */
const CLONES = `SELECT pg_catalog.concat(pg_catalog.quote_ident(t.tgname), ' ', t.tgenabled) AS state FROM pg_catalog.pg_trigger AS t
      JOIN pg_catalog.pg_depend AS d ON d.classid = ${classOf("pg_trigger")} AND d.objid = t.oid AND d.refclassid = ${classOf("pg_trigger")} AND d.deptype = 'P'
      JOIN pg_catalog.pg_trigger AS p ON p.oid = d.refobjid
      WHERE t.tgrelid = c.oid AND t.tgenabled <> p.tgenabled
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.oid = t.tgconstraint AND k.contype <> 't')`

/** The same of triggers of inherited keys. Before 15 those of a partitioned table have no parent, and may not exist: then they count as enabled. */
const KEY_CLONES = `SELECT pg_catalog.concat('key ', pg_catalog.quote_ident((WITH RECURSIVE up AS (SELECT k.conname AS name, k.conparentid AS parent
        UNION ALL SELECT above.conname, above.conparentid FROM up JOIN pg_catalog.pg_constraint AS above ON above.oid = up.parent)
        SELECT up.name FROM up WHERE up.parent = 0)), ', ', ${CHECKED}) AS state
      FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_proc AS f ON f.oid = t.tgfoid JOIN pg_catalog.pg_constraint AS k ON k.oid = t.tgconstraint
      WHERE t.tgrelid = c.oid AND t.tgisinternal AND k.contype <> 't' AND k.conparentid <> 0
        AND t.tgenabled <> coalesce((SELECT pg_catalog.min(p.tgenabled::pg_catalog.text) FROM pg_catalog.pg_trigger AS p
          WHERE p.tgconstraint = k.conparentid AND p.tgfoid = t.tgfoid AND p.tgisinternal), 'O')`

export const PARTITION_TRIGGERS = listOf("own.state", `(${CLONES} UNION ALL ${KEY_CLONES}) AS own`)
export const PARTITION_CONSTRAINTS = listOf(
  `pg_catalog.concat(pg_catalog.quote_ident(p.conname), CASE WHEN k.convalidated THEN ' valid' ELSE ' not valid' END)`,
  `pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_constraint AS p ON p.oid = k.conparentid
      WHERE k.conrelid = c.oid AND p.conrelid <> c.oid AND k.convalidated <> p.convalidated`,
)
/** Inherited check constraints that were validated or enforced on the child alone, so that no parent has their state. As `own.checks`. */
export function joinInheritedChecks(enforced: boolean): string {
  const state = (constraint: string) =>
    `CASE ${enforced ? `WHEN NOT ${constraint}.conenforced THEN 'not enforced' ` : ""}WHEN ${constraint}.convalidated THEN 'valid' ELSE 'not valid' END`
  return `LEFT JOIN (SELECT k.conrelid, pg_catalog.array_agg(pg_catalog.concat(pg_catalog.quote_ident(k.conname), ' ', ${state("k")}) ORDER BY k.conname) AS checks
      FROM pg_catalog.pg_constraint AS k JOIN relation AS r ON r.oid = k.conrelid
      WHERE k.contype = 'c' AND k.coninhcount > 0 AND NOT k.conislocal
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS h JOIN pg_catalog.pg_constraint AS p ON p.conrelid = h.inhparent
          WHERE h.inhrelid = k.conrelid AND p.contype = 'c' AND p.conname = k.conname AND ${state("p")} = ${state("k")})
      GROUP BY k.conrelid) AS own ON own.conrelid = c.oid`
}

/** Parts of a relation that are not objects here, because they belong to a parent or are the relation itself. */
const PARTS: Readonly<Record<string, readonly [catalog: string, oid: string, name: string, from: string]>> = {
  type: ["pg_type", "t.oid", "t.typname", "pg_catalog.pg_type AS t ON t.oid = r.reltype"],
  constraint: [
    "pg_constraint",
    "k.oid",
    "k.conname",
    "pg_catalog.pg_constraint AS k ON k.conrelid = r.oid AND (k.contype IN ('n', 't') OR NOT k.conislocal OR k.conparentid <> 0)",
  ],
  rule: ["pg_rewrite", "w.oid", "w.rulename", "pg_catalog.pg_rewrite AS w ON w.ev_class = r.oid AND w.rulename = '_RETURN'"],
  index: [
    "pg_class",
    "i.oid",
    "i.relname",
    "pg_catalog.pg_index AS x ON x.indrelid = r.oid JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid AND i.relispartition",
  ],
  trigger: ["pg_trigger", "g.oid", "g.tgname", "pg_catalog.pg_trigger AS g ON g.tgrelid = r.oid AND g.tgparentid <> 0"],
}

/** The comments on such parts, as `remarks.comments`. */
export function joinPartComments(triggerParents: boolean): string {
  const parts = Object.entries(PARTS).flatMap(([kind, [catalog, oid, name, from]]) =>
    kind === "trigger" && !triggerParents
      ? []
      : [
          `SELECT r.oid AS relation, pg_catalog.concat('${kind} ', pg_catalog.quote_ident(${name})) AS part, d.description
        FROM relation AS r JOIN ${from} JOIN pg_catalog.pg_description AS d ON d.objoid = ${oid} AND d.classoid = ${classOf(catalog)} AND d.objsubid = 0`,
        ],
  )
  return `LEFT JOIN (SELECT part.relation, pg_catalog.array_agg(pg_catalog.concat(part.part, ': ', part.description) ORDER BY part.part COLLATE "C") AS comments
      FROM (${parts.join("\n      UNION ALL ")}) AS part GROUP BY part.relation) AS remarks ON remarks.relation = c.oid`
}

export const ifPartition = (list: string) => `CASE WHEN c.relispartition THEN ${list} END`
