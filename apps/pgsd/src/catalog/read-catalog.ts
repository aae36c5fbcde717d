import { randomBytes } from "node:crypto"
import { type ConnectorTransaction, catalogGates, type DatabaseConnector, retry } from "@pgsd/connector"
import { isPgsdError } from "@pgsd/driver"
import type { Catalog, KindCount, SchemaObject } from "../model/catalog.ts"
import { byKey } from "../model/order.ts"
import { readDefinitions } from "./definitions.ts"
import { type EnvironmentRow, environmentOf, environmentQuery } from "./environment.ts"
import { changing, isChanging, isGone, readFence } from "./fence.ts"
import { EXTENSION_MEMBERS, type ExtensionMembersRow, extensionMembersOf } from "./kinds/extension-members.ts"
import { type ExtensionStateRow, extensionStatesQuery } from "./kinds/extension-states.ts"
import { withLockHolder } from "./lock-holder.ts"
import { notComparedOf, notComparedQuery } from "./not-compared.ts"
import { type ReadContext, readSections, readTogether } from "./section.ts"
import { BUNDLES, pagesOf } from "./sections.ts"
import { OF_USERS } from "./sql.ts"

export interface ReadOptions {
  /** @default every schema except the system's */
  readonly schemas?: readonly string[] | undefined
  readonly excludedSchemas?: readonly string[] | undefined
  /** Salt for the digests of possible secrets: two catalogs are comparable in these only with the same salt. @default random */
  readonly salt?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Called before each step with its name, for progress. */
  readonly onStep?: ((step: ReadStep) => void) | undefined
}

export interface ReadStep {
  /** What is being read: `"columns"`. */
  readonly reading: string
  readonly step: number
  readonly of: number
}

/**
 * Everything comparable in one database, in one REPEATABLE READ READ ONLY transaction; the weakest role suffices. The functions that print
 * definitions do not use the snapshot: when the schema changes meanwhile, the result is discarded and read again.
 *
 * @throws ProgramError PGSD_SCHEMA_CHANGING after three attempts; PgsdError PGSD_LOCK_TIMEOUT with the holder of the lock
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
  const next: Next = (reading, isStep = true) => onStep?.({ reading, step: isStep ? ++step : step, of: STEPS })
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

const SCHEMA_NAMES = `SELECT n.nspname::pg_catalog.text AS name FROM pg_catalog.pg_namespace AS n WHERE ${OF_USERS}`

type Next = (reading: string, isStep?: boolean) => void

/** The two fences, definitions, the bundles and the rest. */
const STEPS = 2 + 1 + BUNDLES.length + 1

async function readObjects(snapshot: ConnectorTransaction, options: ReadOptions, next: Next): Promise<Catalog> {
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
  for (const bundle of BUNDLES) {
    const pages = pagesOf(bundle, definitions.relations)
    next(bundle.reading)
    for (const [at, page] of pages.entries()) {
      if (at > 0) next(`${bundle.reading}, ${Math.round((at / pages.length) * 100)} %`, false)
      for (const object of await readSections(context, bundle.sections, definitions, page)) objects.push(object)
    }
  }
  next("what is not compared")
  const selects = {
    notCompared: notComparedQuery(context.gates),
    environment: environmentQuery(context.gates),
    extensionMembers: EXTENSION_MEMBERS,
    extensionStates: extensionStatesQuery(context.gates),
    schemaNames: SCHEMA_NAMES,
  }
  const rest = await readTogether<unknown>(context, selects)
  const rowsOfRest = <R>(name: keyof typeof selects) => rest.flatMap(({ section, row }) => (section === name ? [row as R] : []))
  return {
    serverMajor: version.major ?? 0,
    objects: objects.sort(byKey),
    notCompared: notComparedOf(rowsOfRest<KindCount>("notCompared")),
    schemaNames: rowsOfRest<{ readonly name: string }>("schemaNames")
      .map(({ name }) => name)
      .sort(),
    environment: environmentOf(rowsOfRest<EnvironmentRow>("environment")),
    extensionMembers: extensionMembersOf(
      rowsOfRest<ExtensionMembersRow>("extensionMembers"),
      rowsOfRest<ExtensionStateRow>("extensionStates"),
    ),
  }
}
