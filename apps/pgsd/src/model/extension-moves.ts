import type { Catalog } from "./catalog.ts"
import { renamedTexts } from "./map-schemas.ts"
import { own } from "./own.ts"

/**
 * The source as if its extensions were in their schemas of the target. A moved extension is one difference; that every column of its
 * types is printed with another schema is none.
 */
export function moveExtensions(source: Catalog, target: Catalog): Catalog {
  const renames = Object.entries(source.extensionMembers).flatMap(([name, { schema: from, names }]) => {
    const to = own(target.extensionMembers, name)?.schema
    return to === undefined || to === from ? [] : [{ from, to, names: new Set(names) }]
  })
  return renames.length === 0 ? source : { ...source, objects: renamedTexts(source.objects, renames) }
}
