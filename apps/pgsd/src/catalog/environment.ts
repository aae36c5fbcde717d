import type { CatalogGates } from "@pgsd/connector"

export interface EnvironmentRow {
  readonly name: string
  readonly value: string
}

/** Properties chosen when the database was created. The version of the locale's rules depends on the operating system. */
export function environmentQuery(gates: CatalogGates): string {
  const { nullsNotDistinct: from15, membershipOptions: from16, maintain: from17 } = gates
  const columns = {
    encoding: "pg_catalog.pg_encoding_to_char(d.encoding)",
    collate: "d.datcollate",
    ctype: "d.datctype",
    ...(from15 && { localeProvider: "NULLIF(d.datlocprovider, 'c')", locale: from17 ? "d.datlocale" : "d.daticulocale" }),
    ...(from16 && { locale_rules: "d.daticurules" }),
  }
  const values = Object.entries(columns).map(([name, column]) => `('${name}', ${column}::pg_catalog.text)`)
  return `SELECT v.name, v.value FROM pg_catalog.pg_database AS d, LATERAL (VALUES ${values.join(", ")}) AS v (name, value)
    WHERE d.datname = pg_catalog.current_database() AND v.value IS NOT NULL`
}

export function environmentOf(rows: readonly EnvironmentRow[]): Readonly<Record<string, string>> {
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
}
