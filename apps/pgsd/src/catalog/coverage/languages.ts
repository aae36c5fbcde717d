import type { Coverage } from "./coverage.ts"

/** Languages of people and of programs: collations, text search, procedural languages; access methods. */
export const LANGUAGES: Readonly<Record<string, Coverage>> = {
  pg_collation: {
    fence: { key: "oid", namespace: "collnamespace" },
    compared: {
      collname: "collation.name",
      collnamespace: "collation.schema",
      collowner: "collation.owner",
      collprovider: "collation.provider",
      collisdeterministic: "collation.deterministic",
      collencoding: "collation.encoding",
      collcollate: "collation.collate",
      collctype: "collation.ctype",
      colliculocale: "collation.locale",
      colllocale: "collation.locale",
      collicurules: "collation.rules",
    },
    ignored: { oid: ["oid"], state: ["collversion"] },
  },
  pg_conversion: {
    fence: { key: "oid", namespace: "connamespace" },
    compared: {
      conname: "conversion.name",
      connamespace: "conversion.schema",
      conowner: "conversion.owner",
      conforencoding: "conversion.from",
      contoencoding: "conversion.to",
      conproc: "conversion.function",
      condefault: "conversion.default",
    },
    ignored: { oid: ["oid"] },
  },
  pg_language: {
    fence: { key: "oid" },
    compared: {
      lanname: "language.name",
      lanowner: "language.owner",
      lanpltrusted: "language.trusted",
      lanplcallfoid: "language.handler",
      laninline: "language.inline",
      lanvalidator: "language.validator",
      lanacl: "language.grants",
    },
    ignored: { oid: ["oid"], derived: ["lanispl"] },
  },
  pg_am: {
    compared: { amname: "access_method.name", amhandler: "access_method.handler", amtype: "access_method.type" },
    ignored: { oid: ["oid"] },
  },
  pg_ts_parser: {
    fence: { key: "oid", namespace: "prsnamespace" },
    compared: {
      prsname: "text_search_parser.name",
      prsnamespace: "text_search_parser.schema",
      prsstart: "text_search_parser.start",
      prstoken: "text_search_parser.token",
      prsend: "text_search_parser.end",
      prsheadline: "text_search_parser.headline",
      prslextype: "text_search_parser.lextype",
    },
    ignored: { oid: ["oid"] },
  },
  pg_ts_template: {
    fence: { key: "oid", namespace: "tmplnamespace" },
    compared: {
      tmplname: "text_search_template.name",
      tmplnamespace: "text_search_template.schema",
      tmplinit: "text_search_template.init",
      tmpllexize: "text_search_template.lexize",
    },
    ignored: { oid: ["oid"] },
  },
  pg_ts_dict: {
    fence: { key: "oid", namespace: "dictnamespace" },
    compared: {
      dictname: "text_search_dictionary.name",
      dictnamespace: "text_search_dictionary.schema",
      dictowner: "text_search_dictionary.owner",
      dicttemplate: "text_search_dictionary.template",
      dictinitoption: "text_search_dictionary.options",
    },
    ignored: { oid: ["oid"] },
  },
  pg_ts_config: {
    fence: { key: "oid", namespace: "cfgnamespace" },
    compared: {
      cfgname: "text_search_configuration.name",
      cfgnamespace: "text_search_configuration.schema",
      cfgowner: "text_search_configuration.owner",
      cfgparser: "text_search_configuration.parser",
    },
    ignored: { oid: ["oid"] },
  },
  pg_ts_config_map: {
    compared: {
      mapcfg: "text_search_configuration.mappings",
      maptokentype: "text_search_configuration.mappings",
      mapseqno: "text_search_configuration.mappings",
      mapdict: "text_search_configuration.mappings",
    },
  },
}
