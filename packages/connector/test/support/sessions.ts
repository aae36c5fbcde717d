import { createDatabaseConnector, type DatabaseConnector } from "@pgsd/connector"
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest"
import { type Subject, type SubjectName, subject } from "./subjects.ts"

/** In a `describe`: one database for all its tests, and a new session for each, passed to `opened`. */
export function sessionForEachTest(name: SubjectName, opened: (db: DatabaseConnector) => unknown): void {
  let database: Subject
  let db: DatabaseConnector
  beforeAll(async () => {
    database = await subject(name)
  })
  afterAll(() => database[Symbol.asyncDispose]())
  beforeEach(async () => {
    db = createDatabaseConnector(await database.open())
    await opened(db)
  })
  afterEach(() => db.close())
}
