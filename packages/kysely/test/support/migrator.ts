import type { Migrator as KyselyMigrator } from "kysely"

// Where it is since 0.29. Not a literal: the declarations of 0.28 do not have it.
const since29 = "kysely/migration"

export const { Migrator }: { Migrator: typeof KyselyMigrator } = await import(since29).catch(() => import("kysely"))
