import type { Section } from "../section.ts"
import { commentOf, grantsOf, notOfExtension, ownerOf, regName, typeName } from "../sql.ts"

interface Row {
  readonly schema: string
  readonly name: string
  readonly result: string
  readonly parallel: string
  readonly kind: string
  readonly aggregate: Readonly<Record<string, string | null>>
}

/** pg_aggregate.aggkind */
const KINDS: Readonly<Record<string, string>> = { n: "normal", o: "ordered set", h: "hypothetical set" }
const FINAL: Readonly<Record<string, string>> = { r: "read only", s: "shareable", w: "read write" }

const FUNCTIONS = ["trans", "final", "combine", "serial", "deserial", "mtrans", "minvtrans", "mfinal"]

/** pg_get_functiondef() refuses aggregates, so their facts are read one by one. An aggregate has no volatility, strictness or cost of its own. */
export const aggregates: Section<Row> = {
  name: "aggregates",
  of: "schemas",
  sql: ({ prokind }) => `SELECT w.schema, pg_catalog.format('%s(%s)', p.proname, pg_catalog.oidvectortypes(p.proargtypes)) AS name,
      pg_catalog.concat(pg_catalog.pg_get_function_arguments(p.oid), ' → ', pg_catalog.pg_get_function_result(p.oid)) AS result,
      p.proparallel::pg_catalog.text AS parallel, a.aggkind::pg_catalog.text AS kind,
      pg_catalog.json_build_object(
        ${FUNCTIONS.map((name) => `'${name}', ${regName("regprocedure", `a.agg${name}fn::pg_catalog.oid`)}`).join(", ")},
        'directArguments', NULLIF(a.aggnumdirectargs, 0)::pg_catalog.text, 'sortOperator', ${regName("regoperator", "a.aggsortop")},
        'stateType', ${typeName("a.aggtranstype")}, 'movingStateType', ${typeName("a.aggmtranstype")},
        'stateSize', NULLIF(a.aggtransspace, 0)::pg_catalog.text, 'movingStateSize', NULLIF(a.aggmtransspace, 0)::pg_catalog.text,
        'initial', a.agginitval, 'movingInitial', a.aggminitval,
        'finalExtra', NULLIF(a.aggfinalextra, false)::pg_catalog.text, 'movingFinalExtra', NULLIF(a.aggmfinalextra, false)::pg_catalog.text,
        'finalModify', a.aggfinalmodify::pg_catalog.text, 'movingFinalModify', a.aggmfinalmodify::pg_catalog.text) AS aggregate,
      ${ownerOf("p.proowner")}, ${grantsOf("p.proacl", "f", "p.proowner")}, ${commentOf("pg_proc", "p.oid")}
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_aggregate AS a ON a.aggfnoid::pg_catalog.oid = p.oid JOIN wanted AS w ON w.oid = p.pronamespace
    WHERE ${prokind ? "p.prokind = 'a'" : "p.proisagg"} AND ${notOfExtension("pg_proc", "p.oid")}`,
  toObject: ({ schema, name, result, parallel, kind, aggregate: { finalModify, movingFinalModify, ...aggregate } }) => ({
    kind: "aggregate",
    schema,
    name,
    facts: {
      signature: result,
      kind: kind === "n" ? null : (KINDS[kind] ?? kind),
      ...aggregate,
      finalModify: FINAL[finalModify ?? ""] ?? finalModify ?? null,
      movingFinalModify: aggregate.mtrans == null ? null : (FINAL[movingFinalModify ?? ""] ?? null),
      parallel: { u: null, r: "restricted", s: "safe" }[parallel] ?? null,
    },
  }),
}
