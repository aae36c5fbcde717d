import type { PostgresServer } from "@pgsd/testing/server"

/** Names in pg_catalog that SQL of users can contain: functions, and types, operator classes, relations and collations. */
export interface Names {
  readonly functions: readonly string[]
  readonly others: readonly string[]
}

const IN_CATALOG = "'pg_catalog'::pg_catalog.regnamespace"

export async function namesOf(server: PostgresServer): Promise<Names> {
  const names = async (sql: string) => (await server.sql(sql)).map(({ name }) => String(name))
  return {
    // Not what the server calls by itself, for a type or during an upgrade.
    functions:
      await names(`SELECT DISTINCT proname::text AS name FROM pg_proc WHERE pronamespace = ${IN_CATALOG} AND proname !~ '^binary_upgrade_'
      AND NOT prorettype = ANY ('{internal,cstring}'::regtype[]) AND NOT proargtypes::oid[] && '{internal,cstring}'::regtype[]::oid[]`),
    others: await names(`SELECT typname::text AS name FROM pg_type WHERE typnamespace = ${IN_CATALOG} AND typtype <> 'c' AND typelem = 0
      UNION SELECT opcname FROM pg_opclass WHERE opcnamespace = ${IN_CATALOG} UNION SELECT collname FROM pg_collation WHERE collprovider IN ('d', 'c', 'b')
      UNION SELECT relname FROM pg_class WHERE relnamespace = ${IN_CATALOG} AND relkind IN ('r', 'v')`),
  }
}

/** By the major that brought them. */
export function newNames(found: ReadonlyMap<number, Names>): Record<keyof Names, Record<string, string[]>> {
  const [oldest, ...later] = [...found.keys()].sort((one, other) => one - other)
  const of = (list: keyof Names) => {
    const known = new Set(found.get(oldest!)![list])
    return Object.fromEntries(
      later.map((major) => {
        const names = found.get(major)![list].filter((name) => !known.has(name))
        for (const name of names) known.add(name)
        return [major, names.sort()]
      }),
    )
  }
  return { functions: of("functions"), others: of("others") }
}
