import { catalogGates, type DatabaseConnector, retry } from "@pgsd/connector"
import { isPgsdError } from "@pgsd/driver"
import type { Catalog, SchemaObject } from "../model/catalog.ts"
import { readColumns } from "./columns.ts"
import { readConstraints } from "./constraints.ts"
import { readEnums } from "./enums.ts"
import { readExtensions } from "./extensions.ts"
import { changing, isChanging, isGone, readFence } from "./fence.ts"
import { readIndexes } from "./indexes.ts"
import { withLockHolder } from "./lock-holder.ts"
import { readNotCompared } from "./not-compared.ts"
import { readPolicies } from "./policies.ts"
import type { ReadContext, Reader } from "./reader.ts"
import { readRelations } from "./relations.ts"
import { readRoutines } from "./routines.ts"
import { readSchemas } from "./schemas.ts"
import { readSequences } from "./sequences.ts"
import { readRules, readTriggers } from "./triggers.ts"
import { readCompositeTypes, readDomains, readRangeTypes } from "./types.ts"

const READERS: readonly Reader[] = [
  readSchemas,
  readExtensions,
  readEnums,
  readDomains,
  readCompositeTypes,
  readRangeTypes,
  readSequences,
  readRelations,
  readColumns,
  readConstraints,
  readIndexes,
  readTriggers,
  readRules,
  readPolicies,
  readRoutines,
]

interface ReadOptions {
  /** @default every schema that is not the system's */
  readonly schemas?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Everything comparable in one database, at one moment: one REPEATABLE READ READ ONLY transaction, the weakest role suffices. The functions that print
 * definitions look at the present and not at the snapshot: when the schema changes meanwhile, what was read is thrown away and read again.
 *
 * @throws ProgramError PGSD_SCHEMA_CHANGING after three times; PgsdError PGSD_LOCK_TIMEOUT with who holds the lock
 */
export async function readCatalog(connector: DatabaseConnector, options: ReadOptions = {}): Promise<Catalog> {
  const { signal } = options
  try {
    return await retry(() => readOnce(connector, options), { baseDelayMs: PAUSE_MS, isRetryable: isChanging, signal })
  } catch (error) {
    throw isPgsdError(error) && error.code === "PGSD_LOCK_TIMEOUT" ? await withLockHolder(error, connector) : error
  }
}

const PAUSE_MS = 500

async function readOnce(connector: DatabaseConnector, options: ReadOptions): Promise<Catalog> {
  const { signal } = options
  const { catalog, fence } = await connector
    .readOnlySnapshot(async (snapshot) => ({ fence: await readFence(snapshot), catalog: await readObjects(snapshot, options) }), { signal })
    .catch((error: unknown) => {
      throw isGone(error) ? changing(connector.info.label, error) : error
    })
  if ((await connector.readOnlySnapshot(readFence, { signal })) !== fence) throw changing(connector.info.label)
  return catalog
}

async function readObjects(snapshot: DatabaseConnector, { schemas, signal }: ReadOptions): Promise<Catalog> {
  const version = await snapshot.getVersion()
  const context: ReadContext = { snapshot, gates: catalogGates(version), schemas: schemas === undefined ? null : [...schemas], signal }
  const objects: SchemaObject[] = []
  for (const read of READERS) {
    objects.push(...(await read(context)))
  }
  return { serverMajor: version.major ?? 0, objects, notCompared: await readNotCompared(context) }
}
