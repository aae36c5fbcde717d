import { refuseUnknownOptions } from "@pgsd/driver"
import { Database } from "./database.ts"
import type { DatabaseStats } from "./database-manager.ts"
import type { Entry } from "./entries.ts"
import { ManagerError } from "./errors.ts"

/** The databases by name, in the order of the configuration. */
export class Registry<Name extends string> {
  readonly names: readonly Name[]
  readonly databases: readonly Database[]
  readonly #byName: ReadonlyMap<string, Database>

  constructor(entries: readonly Entry<Name>[]) {
    this.names = entries.map((entry) => entry.name)
    this.databases = entries.map((entry) => new Database(entry))
    this.#byName = new Map(this.databases.map((database) => [database.name, database]))
  }

  get(name: string): Database {
    const database = this.#byName.get(name)
    if (database !== undefined) return database
    throw new ManagerError("PGSD_UNKNOWN_DATABASE", `there is no database "${name}" (there are ${this.names.join(", ")})`, {
      hint: this.#hintFor(name),
    })
  }

  stats(): Readonly<Record<Name, DatabaseStats>> {
    return Object.fromEntries(this.databases.map((database) => [database.name, database.stats()])) as Record<Name, DatabaseStats>
  }

  // The same message as for an unknown option.
  #hintFor(name: string): string | undefined {
    try {
      refuseUnknownOptions("database", { [name]: true }, this.names)
    } catch (error) {
      return error instanceof Error && "hint" in error ? String(error.hint) : undefined
    }
  }
}
