import type { Catalog } from "../../src/model/catalog.ts"
import { compare } from "../../src/model/compare.ts"
import type { Difference } from "../../src/model/difference.ts"
import type { DiffReport } from "../../src/model/report.ts"

/** The comparison of two catalogs as the command makes it, but without comparing definitions by meaning. */
export function reportOf(source: Catalog, target: Catalog): DiffReport {
  return { ...reportFor([], source, target), ...compare(source, target) }
}

export function reportFor(differences: readonly Difference[], source: Catalog, target: Catalog): DiffReport {
  return {
    differences,
    compared: {},
    environment: [],
    source: { place: "shop at a:5432", server: "PostgreSQL 17.10", notCompared: source.notCompared },
    target: { place: "shop at b:5432", server: "PostgreSQL 18.4", notCompared: target.notCompared },
  }
}
