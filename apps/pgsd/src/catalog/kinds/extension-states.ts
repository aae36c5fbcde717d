import type { CatalogGates } from "@pgsd/connector"
import type { Facts } from "../../model/catalog.ts"
import { classOf, listOf, regName, typeName, withoutSecrets } from "../sql.ts"

/** How the members `x` of a catalog are read. */
interface Class {
  readonly owner?: string
  /** The definition as the server prints it, which majors do differently. */
  readonly printed?: string
  /** Otherwise a digest of what can be altered, without oids. */
  readonly parts?: readonly string[]
  readonly condition?: string
}

/** One text of several values: a missing one has a place, too, so that no two states have the same text. */
const joined = (values: readonly string[]) =>
  `pg_catalog.concat_ws(' ', ${values.map((value) => `coalesce((${value})::pg_catalog.text, '-')`).join(", ")})`

const columnsOf = (relation: string) =>
  listOf(
    joined([
      "c.attname",
      "pg_catalog.format_type(c.atttypid, c.atttypmod)",
      ...["notnull", "storage", "identity", "generated"].map((name) => `c.att${name}`),
      "SELECT l.collname FROM pg_catalog.pg_collation AS l WHERE l.oid = c.attcollation",
      "NULLIF(c.attstattarget, -1)",
      "pg_catalog.array_to_string(c.attoptions, ',')",
      "pg_catalog.pg_get_expr(v.adbin, v.adrelid)",
    ]),
    `pg_catalog.pg_attribute AS c LEFT JOIN pg_catalog.pg_attrdef AS v ON v.adrelid = c.attrelid AND v.adnum = c.attnum
      WHERE c.attrelid = ${relation} AND c.attnum > 0 AND NOT c.attisdropped`,
  )
const optionNames = (options: string) => listOf("o.option_name", `pg_catalog.pg_options_to_table(${options}) AS o`)
const of = (prefix: string, names: string) => names.split(" ").map((name) => `x.${prefix}${name}`)
const functionsOf = (prefix: string, names: string) => of(prefix, names).map((column) => regName("regproc", `${column}::pg_catalog.oid`))

const PRINTED = withoutSecrets("pg_catalog.pg_get_functiondef(x.oid)", "x.proconfig")

function classes({ prokind }: CatalogGates): Readonly<Record<string, Class>> {
  const isAggregate = prokind ? "x.prokind = 'a'" : "x.proisagg"
  return {
    pg_proc: {
      owner: "x.proowner",
      printed: `CASE WHEN NOT ${isAggregate} THEN ${PRINTED} END`,
      parts: [
        `SELECT ${joined([
          ...["transfn", "finalfn", "combinefn", "serialfn", "deserialfn", "mtransfn", "minvtransfn", "mfinalfn"].map((name) =>
            regName("regproc", `a.agg${name}::pg_catalog.oid`),
          ),
          ...["finalextra", "mfinalextra", "finalmodify", "mfinalmodify", "transspace", "mtransspace", "initval", "minitval"].map(
            (name) => `a.agg${name}`,
          ),
          regName("regoperator", "a.aggsortop"),
          typeName("a.aggtranstype"),
          "x.provolatile",
          "x.proparallel",
        ])} FROM pg_catalog.pg_aggregate AS a WHERE a.aggfnoid = x.oid`,
      ],
    },
    pg_class: {
      owner: "x.relowner",
      printed: "CASE WHEN x.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(x.oid) END",
      parts: [
        ...of("rel", "persistence replident rowsecurity forcerowsecurity"),
        "pg_catalog.array_to_string(x.reloptions, ',')",
        `CASE WHEN x.relkind IN ('r', 'p', 'f') THEN pg_catalog.array_to_string(${columnsOf("x.oid")}, ',') END`,
        `(SELECT pg_catalog.concat_ws(' ', pg_catalog.format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
          FROM pg_catalog.pg_sequence AS s WHERE s.seqrelid = x.oid)`,
      ],
    },
    pg_type: {
      owner: "x.typowner",
      parts: [
        ...of("typ", "type len storage delim category ispreferred notnull default"),
        ...functionsOf("typ", "input output receive send modin modout analyze"),
        "CASE WHEN x.typbasetype <> 0 THEN pg_catalog.format_type(x.typbasetype, x.typtypmod) END",
        `pg_catalog.array_to_string(${listOf("v.enumlabel::pg_catalog.text", "pg_catalog.pg_enum AS v WHERE v.enumtypid = x.oid", "v.enumsortorder")}, ',')`,
        `pg_catalog.array_to_string(${columnsOf("x.typrelid")}, ',')`,
        `pg_catalog.array_to_string(${listOf("pg_catalog.pg_get_constraintdef(k.oid)", "pg_catalog.pg_constraint AS k WHERE k.contypid = x.oid AND k.contype = 'c'")}, ',')`,
      ],
      // Up to 17, types that come with another type or a relation are members, too.
      condition: `NOT EXISTS (SELECT FROM pg_catalog.pg_type AS e WHERE e.typarray = x.oid) AND x.typtype <> 'm'
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_class AS r WHERE r.oid = x.typrelid AND r.relkind <> 'c')`,
    },
    pg_operator: {
      owner: "x.oprowner",
      parts: [
        ...functionsOf("opr", "code rest join"),
        ...of("opr", "com negate").map((column) => regName("regoperator", column)),
        ...of("opr", "canmerge canhash"),
        typeName("x.oprresult"),
      ],
    },
    pg_opclass: { owner: "x.opcowner", parts: ["x.opcdefault", typeName("x.opcintype"), typeName("x.opckeytype")] },
    pg_opfamily: {
      owner: "x.opfowner",
      parts: [
        `pg_catalog.array_to_string(${listOf(
          "pg_catalog.concat_ws(' ', o.amopstrategy, o.amoppurpose, o.amopopr::pg_catalog.regoperator)",
          "pg_catalog.pg_amop AS o WHERE o.amopfamily = x.oid",
        )}, ',')`,
        `pg_catalog.array_to_string(${listOf(
          `pg_catalog.concat_ws(' ', ${typeName("p.amproclefttype")}, ${typeName("p.amprocrighttype")}, p.amprocnum, p.amproc::pg_catalog.oid::pg_catalog.regprocedure)`,
          "pg_catalog.pg_amproc AS p WHERE p.amprocfamily = x.oid",
        )}, ',')`,
      ],
    },
    pg_cast: { parts: ["x.castcontext", "x.castmethod", regName("regprocedure", "x.castfunc")] },
    pg_collation: { owner: "x.collowner" },
    pg_conversion: { owner: "x.conowner" },
    pg_language: {
      owner: "x.lanowner",
      parts: ["x.lanpltrusted", ...of("lan", "plcallfoid inline validator").map((column) => regName("regproc", column))],
    },
    pg_namespace: { owner: "x.nspowner" },
    pg_am: { parts: [regName("regproc", "x.amhandler::pg_catalog.oid")] },
    pg_transform: {},
    pg_ts_config: {
      owner: "x.cfgowner",
      parts: [
        `pg_catalog.array_to_string(${listOf(
          "pg_catalog.concat_ws(' ', m.maptokentype, m.mapseqno, m.mapdict::pg_catalog.regdictionary)",
          "pg_catalog.pg_ts_config_map AS m WHERE m.mapcfg = x.oid",
        )}, ',')`,
      ],
    },
    pg_ts_dict: { owner: "x.dictowner", parts: ["x.dictinitoption"] },
    pg_ts_parser: {},
    pg_ts_template: {},
    pg_foreign_data_wrapper: {
      owner: "x.fdwowner",
      parts: [
        ...of("fdw", "handler validator").map((column) => regName("regproc", column)),
        `pg_catalog.array_to_string(${optionNames("x.fdwoptions")}, ',')`,
      ],
    },
    pg_foreign_server: {
      owner: "x.srvowner",
      parts: ["x.srvtype", "x.srvversion", `pg_catalog.array_to_string(${optionNames("x.srvoptions")}, ',')`],
    },
    pg_event_trigger: {
      owner: "x.evtowner",
      parts: ["x.evtevent", "x.evtenabled", regName("regproc", "x.evtfoid"), "pg_catalog.array_to_string(x.evttags, ',')"],
    },
  }
}

export interface ExtensionStateRow {
  readonly extension: string
  readonly member: string
  readonly owner: string | null
  readonly comment: string | null
  readonly printed: string | null
  readonly digest: string | null
}

/** What has comments of its own in a member, and is no member: its catalog, name, and how it refers to the member. */
const PARTS = [
  ["pg_constraint", "p.conname", "p.conrelid = m.objid"],
  ["pg_trigger", "p.tgname", "p.tgrelid = m.objid"],
  ["pg_rewrite", "p.rulename", "p.ev_class = m.objid"],
  ["pg_policy", "p.polname", "p.polrelid = m.objid"],
  ["pg_statistic_ext", "p.stxname", "p.stxrelid = m.objid"],
  ["pg_class", "p.relname", "p.oid IN (SELECT i.indexrelid FROM pg_catalog.pg_index AS i WHERE i.indrelid = m.objid)"],
] as const
const OF_MEMBER = "SELECT CASE WHEN c.objsubid > 0 THEN pg_catalog.concat('column ', c.objsubid, ': ') END AS part, c.description"
const COMMENTS = [
  `${OF_MEMBER} FROM pg_catalog.pg_description AS c WHERE c.classoid = m.classid AND c.objoid = m.objid`,
  `SELECT pg_catalog.concat('constraint ', p.conname, ': '), pg_catalog.obj_description(p.oid, 'pg_constraint')
    FROM pg_catalog.pg_constraint AS p WHERE m.classid = ${classOf("pg_type")} AND p.contypid = m.objid`,
  ...PARTS.map(
    ([catalog, name, condition]) => `SELECT pg_catalog.concat('${catalog} ', ${name}, ': '), pg_catalog.obj_description(p.oid, '${catalog}')
    FROM pg_catalog.${catalog} AS p WHERE m.classid = ${classOf("pg_class")} AND ${condition}`,
  ),
].join(" UNION ALL ")

/** Of the members of a trusted extension, whoever creates it. */
const BOOTSTRAP_SUPERUSER = 10

/** Each member of each extension, named without the extension's schema, which can be another one. */
export function extensionStatesQuery(gates: CatalogGates): string {
  const relative = (text: string) => `pg_catalog.replace(${text}, pg_catalog.quote_ident(n.nspname) || '.', '')`
  const comments = listOf("pg_catalog.concat(c.part, c.description)", `(${COMMENTS}) AS c WHERE c.description IS NOT NULL`)
  return `SELECT e.extname::pg_catalog.text AS extension,
      pg_catalog.concat(i.type, ' ', pg_catalog.replace(${relative("i.identity")}, 'pg_catalog.', '')) AS member,
      CASE WHEN m.owner NOT IN (e.extowner, ${BOOTSTRAP_SUPERUSER}) THEN pg_catalog.pg_get_userbyid(m.owner)::pg_catalog.text END AS owner,
      NULLIF(pg_catalog.array_to_string(${comments}, pg_catalog.chr(10)), '') AS comment, m.printed,
      pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(${relative("m.parts")}, 'UTF8')), 'hex'), 16) AS digest
    FROM (${Object.entries(classes(gates)).map(membersOf).join("\nUNION ALL ")}) AS m
    JOIN pg_catalog.pg_extension AS e ON e.oid = m.refobjid JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace,
      LATERAL pg_catalog.pg_identify_object(m.classid, m.objid, 0) AS i`
}

function membersOf([catalog, { owner, printed, parts = [], condition }]: readonly [string, Class]): string {
  return `SELECT d.refobjid, d.classid, d.objid, ${owner ?? "NULL::pg_catalog.oid"} AS owner, ${printed ?? "NULL::pg_catalog.text"} AS printed,
      ${parts.length === 0 ? "''" : joined(parts)} AS parts
    FROM pg_catalog.pg_depend AS d JOIN pg_catalog.${catalog} AS x ON x.oid = d.objid
    WHERE d.refclassid = ${classOf("pg_extension")} AND d.deptype = 'e' AND d.classid = ${classOf(catalog)} AND ${condition ?? "true"}`
}

export function extensionStatesOf(rows: readonly ExtensionStateRow[], extension: string): Record<string, Facts> {
  const own = rows.filter((row) => row.extension === extension)
  const states = own.map(
    ({ member, owner, comment, printed, digest }) => [member, { definition: printed ?? `digest ${digest}`, owner, comment }] as const,
  )
  return Object.fromEntries(states.sort(([one], [other]) => (one < other ? -1 : 1)))
}
