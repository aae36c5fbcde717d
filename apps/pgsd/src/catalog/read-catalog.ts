import { randomBytes } from "node:crypto"
import { type ConnectorTransaction, catalogGates, type DatabaseConnector, retry } from "@pgsd/connector"
import { isPgsdError } from "@pgsd/driver"
import type { Catalog, SchemaObject } from "../model/catalog.ts"
import { byKey } from "../model/order.ts"
import { readDefinitions } from "./definitions.ts"
import { readEnvironment } from "./environment.ts"
import { changing, isChanging, isGone, readFence } from "./fence.ts"
import { readExtensionMembers } from "./kinds/extension-members.ts"
import { withLockHolder } from "./lock-holder.ts"
import { readNotCompared } from "./not-compared.ts"
import { type ReadContext, readSections } from "./section.ts"
import { BUNDLES } from "./sections.ts"

export interface ReadOptions {
  /** @default every schema that is not the system's */
  readonly schemas?: readonly string[] | undefined
  readonly excludedSchemas?: readonly string[] | undefined
  /** Goes into the digests of values that may be secrets: two catalogs are comparable in these only when they were read with the same. @default random */
  readonly salt?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Called before each step with a word for it, for whoever watches. */
  readonly onStep?: ((step: ReadStep) => void) | undefined
}

export interface ReadStep {
  /** What is being read: `"columns"`. */
  readonly reading: string
  readonly step: number
  readonly of: number
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
    throw isPgsdError(error) && error.code === "PGSD_LOCK_TIMEOUT" ? await withLockHolder(error, connector, signal) : error
  }
}

const PAUSE_MS = 500

async function readOnce(connector: DatabaseConnector, options: ReadOptions): Promise<Catalog> {
  const { signal, onStep } = options
  let step = 0
  const next = (reading: string) => onStep?.({ reading, step: ++step, of: STEPS })
  next("versions of definitions")
  const { catalog, fence } = await connector
    .readOnlySnapshot(
      async (snapshot) => ({ fence: await readFence(snapshot, signal), catalog: await readObjects(snapshot, options, next) }),
      { signal },
    )
    .catch((error: unknown) => {
      throw isGone(error) ? changing(connector.info.label, error) : error
    })
  next("versions of definitions again")
  const after = await connector.readOnlySnapshot((snapshot) => readFence(snapshot, signal), { signal })
  if (after !== fence) throw changing(connector.info.label)
  return catalog
}

/** The two fences, definitions, the bundles and the rest. */
const STEPS = 2 + 1 + BUNDLES.length + 1

async function readObjects(snapshot: ConnectorTransaction, options: ReadOptions, next: (reading: string) => void): Promise<Catalog> {
  const { schemas, excludedSchemas = [], salt = randomBytes(16).toString("hex"), signal } = options
  const version = await snapshot.getVersion()
  const context: ReadContext = {
    snapshot,
    gates: catalogGates(version),
    schemas: schemas === undefined ? null : [...schemas],
    excludedSchemas: [...excludedSchemas],
    salt,
    signal,
  }
  next("views and rules")
  const definitions = await readDefinitions(context)
  const objects: SchemaObject[] = []
  for (const { reading, sections } of BUNDLES) {
    next(reading)
    for (const object of await readSections(context, sections, definitions)) objects.push(object)
  }
  next("what is not compared")
  const [notCompared, environment, extensionMembers] = [
    await readNotCompared(context),
    await readEnvironment(context),
    await readExtensionMembers(context),
  ]
  return { serverMajor: version.major ?? 0, objects: objects.sort(byKey), notCompared, environment, extensionMembers }
}
