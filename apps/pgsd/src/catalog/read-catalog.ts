import { catalogGates, type DatabaseConnector } from "@pgsd/connector"
import type { Catalog } from "../model/catalog.ts"
import { readColumns } from "./columns.ts"
import { readConstraints } from "./constraints.ts"
import { readEnums } from "./enums.ts"
import { readExtensions } from "./extensions.ts"
import { readIndexes } from "./indexes.ts"
import { readNotCompared } from "./not-compared.ts"
import type { ReadContext, Reader } from "./reader.ts"
import { readRelations } from "./relations.ts"
import { readSchemas } from "./schemas.ts"
import { readSequences } from "./sequences.ts"
import { readCompositeTypes, readDomains } from "./types.ts"

const READERS: readonly Reader[] = [
  readSchemas,
  readExtensions,
  readEnums,
  readDomains,
  readCompositeTypes,
  readSequences,
  readRelations,
  readColumns,
  readConstraints,
  readIndexes,
]

export interface ReadOptions {
  /** @default every schema that is not the system's */
  readonly schemas?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** Everything comparable in one database, at one moment: one REPEATABLE READ READ ONLY transaction, the weakest role suffices. */
export async function readCatalog(connector: DatabaseConnector, { schemas, signal }: ReadOptions = {}): Promise<Catalog> {
  const version = await connector.getVersion()
  return connector.readOnlySnapshot(
    async (snapshot) => {
      const context: ReadContext = { snapshot, gates: catalogGates(version), schemas: schemas === undefined ? null : [...schemas] }
      const objects = []
      for (const read of READERS) {
        signal?.throwIfAborted()
        objects.push(...(await read(context)))
      }
      return { serverMajor: version.major ?? 0, objects, notCompared: await readNotCompared(context) }
    },
    { signal },
  )
}
