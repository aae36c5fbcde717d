import type { Coverage, Fence } from "./coverage.ts"
import { DATABASE_WIDE } from "./database-wide.ts"
import { DEFINITIONS } from "./definitions.ts"
import { LANGUAGES } from "./languages.ts"
import { RELATIONS } from "./relations.ts"

/** Every catalog of PostgreSQL 12 to 18, with the treatment of each of its columns. */
export const COVERAGE: Readonly<Record<string, Coverage>> = { ...DEFINITIONS, ...LANGUAGES, ...RELATIONS, ...DATABASE_WIDE }

/** The catalogs that server functions read when they print a definition. */
export const FENCED: readonly (readonly [catalog: string, fence: Fence])[] = Object.entries(COVERAGE).flatMap(
  ([catalog, { fence, since }]) => (fence === undefined ? [] : [[catalog, { ...fence, ...(since !== undefined && { since }) }] as const]),
)
