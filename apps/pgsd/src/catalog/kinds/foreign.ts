import { hiddenOptions, yes } from "../attached.ts"
import type { Section } from "../section.ts"
import { commentOf, grantsOf, notOfExtension, optionsOf, ownerOf, regName, userMade } from "../sql.ts"

type Options = Readonly<Record<string, string>> | null

interface WrapperRow {
  readonly name: string
  readonly handler: string | null
  readonly validator: string | null
  readonly options: Options
}

export const foreignDataWrappers: Section<WrapperRow> = {
  name: "foreign-data wrappers",
  of: "database",
  sql: () => `SELECT f.fdwname::pg_catalog.text AS name, ${regName("regproc", "f.fdwhandler")} AS handler, ${regName("regproc", "f.fdwvalidator")} AS validator,
      ${optionsOf("f.fdwoptions")} AS options, ${ownerOf("f.fdwowner")}, ${grantsOf("f.fdwacl", "F", "f.fdwowner")}, ${commentOf("pg_foreign_data_wrapper", "f.oid")}
    FROM pg_catalog.pg_foreign_data_wrapper AS f WHERE ${notOfExtension("pg_foreign_data_wrapper", "f.oid")}`,
  toObject: ({ name, handler, validator, options }) => {
    const { facts, secrets } = hiddenOptions(options)
    return { kind: "foreign_data_wrapper", schema: null, name, facts: { handler, validator, ...facts }, ...secrets }
  },
}

interface ServerRow {
  readonly name: string
  readonly wrapper: string
  readonly type: string | null
  readonly version: string | null
  readonly options: Options
}

export const foreignServers: Section<ServerRow> = {
  name: "foreign servers",
  of: "database",
  sql: () => `SELECT s.srvname::pg_catalog.text AS name, f.fdwname::pg_catalog.text AS wrapper, s.srvtype AS type, s.srvversion AS version,
      ${optionsOf("s.srvoptions")} AS options, ${ownerOf("s.srvowner")}, ${grantsOf("s.srvacl", "S", "s.srvowner")}, ${commentOf("pg_foreign_server", "s.oid")}
    FROM pg_catalog.pg_foreign_server AS s JOIN pg_catalog.pg_foreign_data_wrapper AS f ON f.oid = s.srvfdw WHERE ${notOfExtension("pg_foreign_server", "s.oid")}`,
  toObject: ({ name, wrapper, type, version, options }) => {
    const { facts, secrets } = hiddenOptions(options)
    return { kind: "foreign_server", schema: null, name, facts: { wrapper, type, version, ...facts }, ...secrets }
  },
}

interface MappingRow {
  readonly name: string
  readonly options: Options
  readonly readable: boolean
}

/** The view shows NULL both for no options and for options hidden from this role; this is the view's own condition for hiding them. */
export const MAY_READ_MAPPING = `(m.umuser <> 0 AND m.usename = CURRENT_USER AND (pg_catalog.pg_has_role(s.srvowner, 'USAGE') OR pg_catalog.has_server_privilege(s.oid, 'USAGE'))
      OR m.umuser = 0 AND pg_catalog.pg_has_role(s.srvowner, 'USAGE') OR (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER))`

export const userMappings: Section<MappingRow> = {
  name: "user mappings",
  of: "database",
  sql: () => `SELECT pg_catalog.concat(m.srvname, ':', m.usename) AS name, ${optionsOf("m.umoptions")} AS options, ${MAY_READ_MAPPING} AS readable
    FROM pg_catalog.pg_user_mappings AS m JOIN pg_catalog.pg_foreign_server AS s ON s.oid = m.srvid`,
  toObject: ({ name, options, readable }) => {
    const { facts, secrets } = hiddenOptions(options)
    return { kind: "user_mapping", schema: null, name, facts, ...secrets, ...(!readable && { unreadable: ["option *"] }) }
  },
}

interface LanguageRow {
  readonly name: string
  readonly trusted: boolean
  readonly handler: string | null
  readonly inline: string | null
  readonly validator: string | null
}

export const languages: Section<LanguageRow> = {
  name: "languages",
  of: "database",
  sql: () => `SELECT l.lanname::pg_catalog.text AS name, l.lanpltrusted AS trusted, ${regName("regproc", "l.lanplcallfoid")} AS handler,
      ${regName("regproc", "l.laninline")} AS inline, ${regName("regproc", "l.lanvalidator")} AS validator,
      ${ownerOf("l.lanowner")}, ${grantsOf("l.lanacl", "l", "l.lanowner")}, ${commentOf("pg_language", "l.oid")}
    FROM pg_catalog.pg_language AS l WHERE ${userMade("pg_language", "l.oid")}`,
  toObject: ({ name, trusted, handler, inline, validator }) => ({
    kind: "language",
    schema: null,
    name,
    facts: { trusted: yes(trusted), handler, inline, validator },
  }),
}

interface AccessMethodRow {
  readonly name: string
  readonly type: string
  readonly handler: string
}

export const accessMethods: Section<AccessMethodRow> = {
  name: "access methods",
  of: "database",
  sql: () => `SELECT a.amname::pg_catalog.text AS name, CASE a.amtype WHEN 't' THEN 'table' ELSE 'index' END AS type,
      ${regName("regproc", "a.amhandler::pg_catalog.oid")} AS handler, ${commentOf("pg_am", "a.oid")}
    FROM pg_catalog.pg_am AS a WHERE ${userMade("pg_am", "a.oid")}`,
  toObject: ({ name, type, handler }) => ({ kind: "access_method", schema: null, name, facts: { type, handler } }),
}
