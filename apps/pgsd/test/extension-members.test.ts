import { availableVersions } from "@pgsd/testing/server"
import { afterAll, beforeAll, expect, test } from "vitest"
import { compareByMeaning } from "../src/meaning/by-meaning.ts"
import type { Catalog } from "../src/model/catalog.ts"
import { selectedFacts } from "../src/model/selection.ts"
import { type CaseServer, caseServer } from "./support/case-server.ts"

const versions = availableVersions()
let [oldest, newest]: CaseServer[] = []
beforeAll(async () => {
  ;[oldest, newest] = [await caseServer(versions[0]!), await caseServer(versions.at(-1)!)]
})
afterAll(async () => {
  await oldest?.[Symbol.asyncDispose]()
  await newest?.[Symbol.asyncDispose]()
})

const AVAILABLE = "SELECT name, version FROM pg_available_extension_versions"
const byVersion = (order: "ASC" | "DESC") =>
  `SELECT DISTINCT ON (name) name, version FROM (${AVAILABLE}) AS a ORDER BY name, string_to_array(version, '.')::int[] ${order}`

/** Languages need libraries that a machine may not have. */
const create = (list: string) => `CREATE SCHEMA e; DO $$ DECLARE x record; BEGIN
  FOR x IN SELECT * FROM (${list}) AS l WHERE name !~ '^plpgsql$|pl(perl|python)'
  LOOP EXECUTE format('CREATE EXTENSION IF NOT EXISTS %I SCHEMA e VERSION %L CASCADE', x.name, x.version); END LOOP; END $$;`
const UPDATE = `DO $$ DECLARE x record; BEGIN FOR x IN SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'
  LOOP EXECUTE format('ALTER EXTENSION %I UPDATE', x.extname); END LOOP; END $$`

const extensionsIn = ({ objects }: Catalog) => objects.filter(({ kind, facts }) => kind === "extension" && facts.version !== null)
const shown = async (source: Catalog, target: Catalog) =>
  (await compareByMeaning(source, target)).differences.map(({ change, name, aspects }) => [change, name, aspects])

test("no member of any extension that comes with PostgreSQL differs between majors that have the same version of it", async () => {
  const source = await oldest!.read(create(byVersion("DESC")))
  const same = extensionsIn(source).map(({ name, facts }) => `('${name}', '${String(facts.version)}')`)
  const target = await newest!.read(create(`${AVAILABLE} WHERE (name, version) IN (${same.join(", ")})`))
  const both = extensionsIn(target).map(({ name }) => name)
  expect(both.length).toBeGreaterThan(25)
  const there = source.objects.filter(({ kind, name }) => kind !== "extension" || name === "plpgsql" || both.includes(name))
  expect(await shown({ ...source, objects: there }, target)).toEqual([])
})

test("nor where it was updated to it", async () => {
  const updated = await newest!.read(`${create(byVersion("ASC"))} ${UPDATE}`)
  expect(await shown(updated, await newest!.read(create(byVersion("DESC"))))).toEqual([])
})

test("owners and comments of members follow --no-owner and --no-comments, all of it --no-extension-versions", async () => {
  const citext = "CREATE EXTENSION citext; "
  const role = "DO $$ BEGIN IF to_regrole('pgsd_case_a') IS NULL THEN CREATE ROLE pgsd_case_a; END IF; END $$; "
  const [source, target] = [
    await newest!.read(citext),
    await newest!.read(
      `${role}${citext} ALTER TYPE citext OWNER TO pgsd_case_a; COMMENT ON TYPE citext IS 'x'; ALTER FUNCTION citext_eq(citext, citext) COST 9`,
    ),
  ]
  const left = async (selection: Parameters<typeof selectedFacts>[1]) =>
    (await compareByMeaning(selectedFacts(source, selection), selectedFacts(target, selection))).differences.flatMap(({ aspects }) =>
      aspects.map(({ name }) => name),
    )
  const [definition, owner, comment] = ["definition of function citext_eq(citext,citext)", "owner of type citext", "comment on type citext"]
  expect(await left({})).toEqual([definition, owner, comment])
  expect(await left({ except: ["owner"] })).toEqual([definition, comment])
  expect(await left({ except: ["comment"] })).toEqual([definition, owner])
  expect(await left({ extensionVersions: false })).toEqual([])
})
