import { yes } from "../attached.ts"
import type { Section } from "../section.ts"
import { commentOf, FIRST_OF_USERS, listOf, notOfExtension, ownerOf, qualified, regName } from "../sql.ts"

interface CollationRow {
  readonly schema: string
  readonly name: string
  readonly provider: string
  readonly collate: string | null
  readonly ctype: string | null
  readonly locale: string | null
  readonly rules: string | null
  readonly deterministic: boolean
  readonly encoding: string | null
}

const PROVIDERS: Readonly<Record<string, string>> = { c: "libc", i: "icu", b: "builtin", d: "default" }

/** Before 15 the locale of an ICU collation was in collcollate and collctype. The version of the locale's rules depends on the operating system. */
export const collations: Section<CollationRow> = {
  name: "collations",
  of: "schemas",
  sql: ({ nullsNotDistinct: from15, membershipOptions: from16, maintain: from17 }) => {
    const locale = from17 ? "c.colllocale" : from15 ? "c.colliculocale" : "CASE WHEN c.collprovider = 'i' THEN c.collcollate END"
    const libc = (column: string) => `CASE WHEN c.collprovider = 'c' THEN c.${column} END`
    return `SELECT w.schema, c.collname::pg_catalog.text AS name, c.collprovider::pg_catalog.text AS provider, ${libc("collcollate")} AS collate,
      ${libc("collctype")} AS ctype, ${locale} AS locale, ${from16 ? "c.collicurules" : "NULL"} AS rules, c.collisdeterministic AS deterministic,
      CASE WHEN c.collencoding <> -1 THEN pg_catalog.pg_encoding_to_char(c.collencoding)::pg_catalog.text END AS encoding,
      ${ownerOf("c.collowner")}, ${commentOf("pg_collation", "c.oid")}
    FROM pg_catalog.pg_collation AS c JOIN wanted AS w ON w.oid = c.collnamespace WHERE ${notOfExtension("pg_collation", "c.oid")}`
  },
  toObject: ({ schema, name, provider, deterministic, ...facts }) => ({
    kind: "collation",
    schema,
    name,
    facts: {
      provider: PROVIDERS[provider] ?? provider,
      locale: facts.locale,
      collate: facts.collate,
      ctype: facts.ctype,
      rules: facts.rules,
      deterministic: deterministic ? null : "no",
      encoding: facts.encoding,
    },
  }),
}

interface ConversionRow {
  readonly schema: string
  readonly name: string
  readonly from: string
  readonly to: string
  readonly function: string
  readonly default: boolean
}

export const conversions: Section<ConversionRow> = {
  name: "conversions",
  of: "schemas",
  sql: () => `SELECT w.schema, c.conname::pg_catalog.text AS name, pg_catalog.pg_encoding_to_char(c.conforencoding)::pg_catalog.text AS from,
      pg_catalog.pg_encoding_to_char(c.contoencoding)::pg_catalog.text AS to, ${regName("regproc", "c.conproc::pg_catalog.oid")} AS function, c.condefault AS default,
      ${ownerOf("c.conowner")}, ${commentOf("pg_conversion", "c.oid")}
    FROM pg_catalog.pg_conversion AS c JOIN wanted AS w ON w.oid = c.connamespace WHERE ${notOfExtension("pg_conversion", "c.oid")}`,
  toObject: ({ schema, name, from, to, function: by, default: isDefault }) => ({
    kind: "conversion",
    schema,
    name,
    facts: { from, to, function: by, default: yes(isDefault) },
  }),
}

interface FactsRow {
  readonly schema: string
  readonly name: string
  readonly facts: Readonly<Record<string, string | null>>
}

const PARSER = ["start", "token", "end", "headline", "lextype"] as const
const functionFacts = (prefix: string, names: readonly string[]) =>
  `pg_catalog.json_build_object(${names.map((name) => `'${name}', ${regName("regproc", `x.${prefix}${name}::pg_catalog.oid`)}`).join(", ")})`

export const textSearchParsers: Section<FactsRow> = {
  name: "text search parsers",
  of: "schemas",
  sql: () => `SELECT w.schema, x.prsname::pg_catalog.text AS name, ${functionFacts("prs", PARSER)} AS facts, ${commentOf("pg_ts_parser", "x.oid")}
    FROM pg_catalog.pg_ts_parser AS x JOIN wanted AS w ON w.oid = x.prsnamespace WHERE ${notOfExtension("pg_ts_parser", "x.oid")}`,
  toObject: ({ schema, name, facts }) => ({ kind: "text_search_parser", schema, name, facts }),
}

export const textSearchTemplates: Section<FactsRow> = {
  name: "text search templates",
  of: "schemas",
  sql: () => `SELECT w.schema, x.tmplname::pg_catalog.text AS name, ${functionFacts("tmpl", ["init", "lexize"])} AS facts, ${commentOf("pg_ts_template", "x.oid")}
    FROM pg_catalog.pg_ts_template AS x JOIN wanted AS w ON w.oid = x.tmplnamespace WHERE ${notOfExtension("pg_ts_template", "x.oid")}`,
  toObject: ({ schema, name, facts }) => ({ kind: "text_search_template", schema, name, facts }),
}

interface DictionaryRow {
  readonly schema: string
  readonly name: string
  readonly template: string
  readonly options: string | null
}

export const textSearchDictionaries: Section<DictionaryRow> = {
  name: "text search dictionaries",
  of: "schemas",
  sql: () => `SELECT w.schema, x.dictname::pg_catalog.text AS name, ${qualified("pg_ts_template", "tmplname", "tmplnamespace", "x.dicttemplate")} AS template,
      x.dictinitoption AS options, ${ownerOf("x.dictowner")}, ${commentOf("pg_ts_dict", "x.oid")}
    FROM pg_catalog.pg_ts_dict AS x JOIN wanted AS w ON w.oid = x.dictnamespace WHERE ${notOfExtension("pg_ts_dict", "x.oid")}`,
  toObject: ({ schema, name, template, options }) => ({ kind: "text_search_dictionary", schema, name, facts: { template, options } }),
}

interface ConfigurationRow {
  readonly schema: string
  readonly name: string
  readonly parser: string
  readonly mappings: readonly string[]
}

// Names of token types come from the parser's own function; that of a user-defined parser is not called.
const TOKEN = `coalesce((SELECT tt.alias FROM pg_catalog.ts_token_type(CASE WHEN x.cfgparser < ${FIRST_OF_USERS} THEN x.cfgparser ELSE 3722 END) AS tt
      WHERE x.cfgparser < ${FIRST_OF_USERS} AND tt.tokid = m.maptokentype), m.maptokentype::pg_catalog.text)`

export const textSearchConfigurations: Section<ConfigurationRow> = {
  name: "text search configurations",
  of: "schemas",
  sql: () => `SELECT w.schema, x.cfgname::pg_catalog.text AS name, ${qualified("pg_ts_parser", "prsname", "prsnamespace", "x.cfgparser")} AS parser,
      ${listOf(
        `pg_catalog.concat(${TOKEN}, ': ', ${qualified("pg_ts_dict", "dictname", "dictnamespace", "m.mapdict")})`,
        "pg_catalog.pg_ts_config_map AS m WHERE m.mapcfg = x.oid",
        "m.maptokentype, m.mapseqno",
      )} AS mappings, ${ownerOf("x.cfgowner")}, ${commentOf("pg_ts_config", "x.oid")}
    FROM pg_catalog.pg_ts_config AS x JOIN wanted AS w ON w.oid = x.cfgnamespace WHERE ${notOfExtension("pg_ts_config", "x.oid")}`,
  toObject: ({ schema, name, parser, mappings }) => ({ kind: "text_search_configuration", schema, name, facts: { parser, mappings } }),
}
