import type { CatalogGates } from "@pgsd/connector"
import { grantee, indexStatistics, listOf, since, tablespaceOf } from "../sql.ts"

/** A kind of what belongs to a relation that is a member: no member itself, and nothing tells whether the extension or a user made it. */
export interface PartClass {
  readonly catalog: string
  /** `x`, its row, of the relation `d.objid`. */
  readonly join: string
  readonly owner?: string
  readonly printed: string
  /** What is not in its definition. */
  readonly parts?: readonly string[]
  readonly condition?: string
}

const of = (catalog: string, relation: string) => ({
  catalog,
  join: `JOIN pg_catalog.${catalog} AS x ON x.${relation} = d.objid`,
})

const POLICY = `pg_catalog.concat('CREATE POLICY p ON t AS ', CASE WHEN x.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
      ' FOR ', CASE x.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
      ' TO ', pg_catalog.array_to_string(${listOf(grantee("r.role"), "pg_catalog.unnest(x.polroles) AS r (role)")}, ', '),
      ' USING (' || pg_catalog.pg_get_expr(x.polqual, x.polrelid) || ')', ' WITH CHECK (' || pg_catalog.pg_get_expr(x.polwithcheck, x.polrelid) || ')')`

const DISABLED_CHECKS = listOf(
  "pg_catalog.concat(g.tgtype, g.tgenabled)",
  "pg_catalog.pg_trigger AS g WHERE g.tgconstraint = x.oid AND g.tgisinternal AND g.tgenabled <> 'O'",
)

export const partClasses = ({ triggerParents: from13 }: CatalogGates): readonly PartClass[] => [
  { ...of("pg_attrdef", "adrelid"), printed: "pg_catalog.pg_get_expr(x.adbin, x.adrelid)" },
  {
    ...of("pg_constraint", "conrelid"),
    printed: "pg_catalog.pg_get_constraintdef(x.oid)",
    parts: [`NULLIF(pg_catalog.array_to_string(${DISABLED_CHECKS}, ','), '')`],
    // A NOT NULL is a property of its column, and before 18 no constraint.
    condition: `(x.contype IN ('p', 'u', 'c', 'f', 'x') OR x.contype = 'n' AND (NOT x.convalidated OR x.connoinherit
      OR pg_catalog.obj_description(x.oid, 'pg_constraint') IS NOT NULL))`,
  },
  {
    catalog: "pg_class",
    join: "JOIN pg_catalog.pg_index AS k ON k.indrelid = d.objid JOIN pg_catalog.pg_class AS x ON x.oid = k.indexrelid",
    printed: "pg_catalog.pg_get_indexdef(x.oid)",
    parts: [
      tablespaceOf("x.reltablespace"),
      `NULLIF(pg_catalog.array_to_string(${indexStatistics("x.oid")}, ','), '')`,
      ...["NOT (k.indisvalid AND k.indisready AND k.indislive)", "k.indisclustered", "k.indisreplident"].map(
        (is) => `CASE WHEN ${is} THEN 'yes' END`,
      ),
    ],
  },
  {
    ...of("pg_trigger", "tgrelid"),
    printed: "pg_catalog.pg_get_triggerdef(x.oid)",
    parts: ["NULLIF(x.tgenabled, 'O')"],
    condition: "NOT x.tgisinternal",
  },
  {
    ...of("pg_rewrite", "ev_class"),
    printed: "pg_catalog.pg_get_ruledef(x.oid)",
    parts: ["NULLIF(x.ev_enabled, 'O')"],
    condition: "x.rulename <> '_RETURN'",
  },
  { ...of("pg_policy", "polrelid"), printed: POLICY },
  {
    ...of("pg_statistic_ext", "stxrelid"),
    owner: "x.stxowner",
    printed: "pg_catalog.pg_get_statisticsobjdef(x.oid)",
    parts: [since(from13, "NULLIF(x.stxstattarget, -1)::pg_catalog.text")],
  },
]
