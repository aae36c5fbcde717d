import type { CatalogGates } from "@pgsd/connector"
import { type Facts, PRIVILEGES } from "../../model/catalog.ts"
import { byGrantee } from "../attached.ts"
import { memberGrants, WITH_PRIVILEGES } from "../privileges.ts"
import { classOf, digestsOf, listOf, optionsOf, regName, secretSettings, since, tablespaceOf, typeName, withoutSecrets } from "../sql.ts"
import { type PartClass, partClasses } from "./extension-parts.ts"

/** How the members `x` of a catalog are read. */
interface Class {
  readonly owner?: string
  /** The definition as the server prints it, which majors do differently. */
  readonly printed?: string
  /** What else can be altered, without oids. It is compared by a digest. */
  readonly parts?: readonly string[]
  /** Options and settings whose values may be secrets: names with digests. */
  readonly options?: string
  readonly condition?: string
}

/** One text of several values: a missing one has a place, too, so that no two states have the same text. */
const joined = (values: readonly string[]) =>
  `pg_catalog.concat_ws(' ', ${values.map((value) => `coalesce((${value})::pg_catalog.text, '-')`).join(", ")})`

const columnsOf = (relation: string, compression: boolean) =>
  listOf(
    joined([
      "c.attname",
      "pg_catalog.format_type(c.atttypid, c.atttypmod)",
      ...["notnull", "storage", "identity", "generated"].map((name) => `c.att${name}`),
      "SELECT l.collname FROM pg_catalog.pg_collation AS l WHERE l.oid = c.attcollation",
      "NULLIF(c.attstattarget, -1)",
      "pg_catalog.array_to_string(c.attoptions, ',')",
      since(compression, "NULLIF(c.attcompression::pg_catalog.text, '')"),
    ]),
    `pg_catalog.pg_attribute AS c WHERE c.attrelid = ${relation} AND c.attnum > 0 AND NOT c.attisdropped`,
  )
/** Of a foreign table and its columns. */
const FOREIGN_OPTIONS = digestsOf(
  "o.name",
  "o.value",
  `(SELECT t.option_name AS name, t.option_value AS value
      FROM pg_catalog.pg_foreign_table AS f, LATERAL pg_catalog.pg_options_to_table(f.ftoptions) AS t WHERE f.ftrelid = x.oid
    UNION ALL SELECT pg_catalog.concat('column ', c.attname, ' ', t.option_name), t.option_value
      FROM pg_catalog.pg_attribute AS c, LATERAL pg_catalog.pg_options_to_table(c.attfdwoptions) AS t WHERE c.attrelid = x.oid) AS o`,
)
const of = (prefix: string, names: string) => names.split(" ").map((name) => `x.${prefix}${name}`)
const functionsOf = (prefix: string, names: string) => of(prefix, names).map((column) => regName("regproc", `${column}::pg_catalog.oid`))

const PRINTED = withoutSecrets("pg_catalog.pg_get_functiondef(x.oid)", "x.proconfig")

/** Of the identity columns of a table. */
const IDENTITIES = listOf(
  `pg_catalog.concat_ws(' ', a.attname, ${sequenceText("s")})`,
  `pg_catalog.pg_depend AS d JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = d.objid
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      WHERE d.classid = ${classOf("pg_class")} AND d.refclassid = ${classOf("pg_class")} AND d.refobjid = x.oid AND d.deptype = 'i'`,
)
const PARENTS = listOf(
  "h.inhparent::pg_catalog.regclass::pg_catalog.text",
  "pg_catalog.pg_inherits AS h WHERE h.inhrelid = x.oid",
  "h.inhseqno",
)

function sequenceText(s: string): string {
  return `pg_catalog.concat_ws(' ', pg_catalog.format_type(${s}.seqtypid, NULL), ${["start", "increment", "min", "max", "cache", "cycle"].map((name) => `${s}.seq${name}`).join(", ")})`
}

function classes({ prokind, compression, multiranges: from14 }: CatalogGates): Readonly<Record<string, Class>> {
  const isAggregate = prokind ? "x.prokind = 'a'" : "x.proisagg"
  return {
    pg_proc: {
      owner: "x.proowner",
      printed: `CASE WHEN NOT ${isAggregate} THEN ${PRINTED} END`,
      options: secretSettings("x.proconfig"),
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
        "SELECT pg_catalog.array_to_string(toast.reloptions, ',') FROM pg_catalog.pg_class AS toast WHERE toast.oid = x.reltoastrelid",
        tablespaceOf("x.reltablespace"),
        "SELECT NULLIF(am.amname, 'heap') FROM pg_catalog.pg_am AS am WHERE am.oid = x.relam",
        typeName("x.reloftype"),
        "SELECT s.srvname FROM pg_catalog.pg_foreign_table AS f JOIN pg_catalog.pg_foreign_server AS s ON s.oid = f.ftserver WHERE f.ftrelid = x.oid",
        `pg_catalog.array_to_string(${columnsOf("x.oid", compression)}, ',')`,
        `SELECT ${sequenceText("s")} FROM pg_catalog.pg_sequence AS s WHERE s.seqrelid = x.oid`,
        ...[IDENTITIES, PARENTS].map((list) => `NULLIF(pg_catalog.array_to_string(${list}, ','), '')`),
        "pg_catalog.pg_get_expr(x.relpartbound, x.oid)",
      ],
      options: FOREIGN_OPTIONS,
    },
    pg_type: {
      owner: "x.typowner",
      parts: [
        ...of("typ", "type len storage delim category ispreferred notnull default"),
        ...functionsOf("typ", "input output receive send modin modout analyze"),
        since(from14, regName("regproc", "x.typsubscript::pg_catalog.oid")),
        "CASE WHEN x.typbasetype <> 0 THEN pg_catalog.format_type(x.typbasetype, x.typtypmod) END",
        `pg_catalog.array_to_string(${listOf("v.enumlabel::pg_catalog.text", "pg_catalog.pg_enum AS v WHERE v.enumtypid = x.oid", "v.enumsortorder")}, ',')`,
        `pg_catalog.array_to_string(${columnsOf("x.typrelid", compression)}, ',')`,
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
          "pg_catalog.concat_ws(' ', o.amopstrategy, o.amoppurpose, o.amopopr::pg_catalog.regoperator, (SELECT f.opfname FROM pg_catalog.pg_opfamily AS f WHERE f.oid = o.amopsortfamily))",
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
      parts: of("fdw", "handler validator").map((column) => regName("regproc", column)),
      options: optionsOf("x.fdwoptions"),
    },
    pg_foreign_server: { owner: "x.srvowner", parts: ["x.srvtype", "x.srvversion"], options: optionsOf("x.srvoptions") },
    pg_event_trigger: {
      owner: "x.evtowner",
      parts: ["x.evtevent", "x.evtenabled", regName("regproc", "x.evtfoid"), "pg_catalog.array_to_string(x.evttags, ',')"],
    },
  }
}

export interface ExtensionStateRow {
  readonly extension: string
  readonly member: string
  readonly part: boolean
  readonly owner: string | null
  readonly comment: string | null
  /** By part of the member. */
  readonly grants: Readonly<Record<string, readonly string[]>> | null
  readonly printed: string | null
  readonly options: Readonly<Record<string, string>> | null
  readonly digest: string | null
}

const COLUMN = `(SELECT a.attname FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.objoid AND a.attnum = c.objsubid)`
const COMMENTS = `SELECT CASE WHEN c.objsubid > 0 THEN pg_catalog.concat('column ', ${COLUMN}, ': ') END AS part, c.description
    FROM pg_catalog.pg_description AS c WHERE c.classoid = m.classid AND c.objoid = m.objid
  UNION ALL SELECT pg_catalog.concat('column ', ${COLUMN}, ': '), c.description
    FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_description AS c ON c.objoid = t.typrelid AND c.classoid = ${classOf("pg_class")} AND c.objsubid > 0
    WHERE m.classid = ${classOf("pg_type")} AND t.oid = m.objid
  UNION ALL SELECT pg_catalog.concat('constraint ', p.conname, ': '), pg_catalog.obj_description(p.oid, 'pg_constraint')
    FROM pg_catalog.pg_constraint AS p WHERE m.classid = ${classOf("pg_type")} AND p.contypid = m.objid`

/** Of the members of a trusted extension, whoever creates it. */
const BOOTSTRAP_SUPERUSER = 10

/** Each member of each extension and what belongs to it, named without the extension's schema, which can be another one. */
export function extensionStatesQuery(gates: CatalogGates): string {
  const relative = (text: string) => `pg_catalog.replace(${text}, pg_catalog.quote_ident(n.nspname) || '.', '')`
  const comments = listOf("pg_catalog.concat(c.part, c.description)", `(${COMMENTS}) AS c WHERE c.description IS NOT NULL`)
  const members = [...Object.entries(classes(gates)).map(membersOf), ...partClasses(gates).map(partsOf)]
  return `SELECT e.extname::pg_catalog.text AS extension,
      pg_catalog.concat(i.type, ' ', pg_catalog.replace(${relative("i.identity")}, 'pg_catalog.', '')) AS member, m.part,
      CASE WHEN m.owner NOT IN (e.extowner, ${BOOTSTRAP_SUPERUSER}) THEN pg_catalog.pg_get_userbyid(m.owner)::pg_catalog.text END AS owner,
      NULLIF(pg_catalog.array_to_string(${comments}, pg_catalog.chr(10)), '') AS comment, m.grants, m.printed, m.options,
      CASE WHEN m.parts ~ '[^ -]' THEN pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(${relative("m.parts")}, 'UTF8')), 'hex'), 16) END AS digest
    FROM (${members.join("\nUNION ALL ")}) AS m
    JOIN pg_catalog.pg_extension AS e ON e.oid = m.refobjid JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace,
      LATERAL pg_catalog.pg_identify_object(m.classid, m.objid, 0) AS i`
}

const NO_GRANTS = "NULL::pg_catalog.json"
const OF_EXTENSION = `d.refclassid = ${classOf("pg_extension")} AND d.deptype = 'e'`

function membersOf([catalog, { condition = "true", ...each }]: readonly [string, Class]): string {
  return `SELECT d.refobjid, d.classid, d.objid, false AS part, ${catalog in WITH_PRIVILEGES ? memberGrants(catalog) : NO_GRANTS} AS grants, ${columnsFor(each)}
    FROM pg_catalog.pg_depend AS d JOIN pg_catalog.${catalog} AS x ON x.oid = d.objid
    WHERE ${OF_EXTENSION} AND d.classid = ${classOf(catalog)} AND ${condition}`
}

function partsOf({ catalog, join, condition = "true", ...each }: PartClass): string {
  return `SELECT d.refobjid, ${classOf(catalog)}, x.oid, true, ${NO_GRANTS}, ${columnsFor(each)}
    FROM pg_catalog.pg_depend AS d ${join} WHERE ${OF_EXTENSION} AND d.classid = ${classOf("pg_class")} AND ${condition}`
}

function columnsFor({
  owner = "NULL::pg_catalog.oid",
  printed = "NULL::pg_catalog.text",
  options = "NULL::pg_catalog.json",
  parts = [],
}: Class) {
  return `${owner} AS owner, ${printed} AS printed, ${options} AS options, ${parts.length === 0 ? "''" : joined(parts)} AS parts`
}

/** The states of an extension's members, and the digests of their hidden values. */
export function extensionStatesOf(rows: readonly ExtensionStateRow[], extension: string) {
  const own = rows.filter((row) => row.extension === extension).sort((one, other) => (one.member < other.member ? -1 : 1))
  const states = own.map(({ member, part, owner, comment, grants, printed, digest, options }): [string, Facts] => {
    const definition = printed ?? (digest && `digest ${digest}`)
    const settings = printed === null || digest === null ? {} : { settings: `digest ${digest}` }
    const hidden = options === null ? {} : { options: Object.keys(options).sort() }
    return [member, { definition, owner, comment, ...settings, ...hidden, ...privilegesOf(grants ?? {}), ...(part && { part: "yes" }) }]
  })
  const digests = own.flatMap(({ member, options }) => (options === null ? [] : [[member, options] as const]))
  return { states: Object.fromEntries(states), ...(digests.length > 0 && { secrets: Object.fromEntries(digests) }) }
}

/** `privileges of PUBLIC on`, `privileges of bob on column a of`. */
function privilegesOf(grants: Readonly<Record<string, readonly string[]>>): Facts {
  const found = Object.entries(grants).flatMap(([part, list]) =>
    Object.entries(byGrantee(list)).map(([grantee, privileges]) => [`${PRIVILEGES}${grantee} on${part}`, privileges]),
  )
  return Object.fromEntries(found)
}
