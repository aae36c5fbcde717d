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

/** The comment on an extension itself is the server's, whatever the version. */
const withoutComments = (catalog: Catalog): Catalog => ({ ...catalog, objects: catalog.objects.map(({ comment: _, ...object }) => object) })

test("no member of any extension that comes with PostgreSQL differs between majors that have the same version of it", async () => {
  const source = await oldest!.read(create(byVersion("DESC")))
  const same = extensionsIn(source).map(({ name, facts }) => `('${name}', '${String(facts.version)}')`)
  const target = await newest!.read(create(`${AVAILABLE} WHERE (name, version) IN (${same.join(", ")})`))
  const both = extensionsIn(target).map(({ name }) => name)
  expect(both.length).toBeGreaterThan(25)
  const there = source.objects.filter(({ kind, name }) => kind !== "extension" || name === "plpgsql" || both.includes(name))
  expect(await shown(withoutComments({ ...source, objects: there }), withoutComments(target))).toEqual([])
})

test("nor where it was updated to it", async () => {
  const updated = await newest!.read(`${create(byVersion("ASC"))} ${UPDATE}`)
  expect(await shown(updated, await newest!.read(create(byVersion("DESC"))))).toEqual([])
})

const ROLE = "DO $$ BEGIN IF to_regrole('pgsd_case_a') IS NULL THEN CREATE ROLE pgsd_case_a; END IF; END $$; "
const GRANT = "GRANT EXECUTE ON FUNCTION citext_eq(citext, citext) TO pgsd_case_a WITH GRANT OPTION;"

test("privileges of members are compared between different versions, too, and follow --no-privileges", async () => {
  const [source, target] = [
    await newest!.read("CREATE EXTENSION citext VERSION '1.4'"),
    await newest!.read(
      `${ROLE}CREATE EXTENSION citext VERSION '1.6'; ${GRANT} REVOKE ALL ON FUNCTION citext_eq(citext, citext) FROM PUBLIC`,
    ),
  ]
  const aspects = async (selection: Parameters<typeof selectedFacts>[1]) =>
    (await compareByMeaning(selectedFacts(source, selection), selectedFacts(target, selection))).differences.flatMap(
      (difference) => difference.aspects,
    )
  const version = { name: "version", source: "1.4", target: "1.6" }
  expect(await aspects({})).toEqual([
    version,
    { name: "privileges of PUBLIC on function citext_eq(citext,citext)", source: null, target: ["no EXECUTE"] },
    { name: "privileges of pgsd_case_a on function citext_eq(citext,citext)", source: null, target: ["EXECUTE with grant option"] },
  ])
  expect(await aspects({ except: ["grant"] })).toEqual([version])
  expect([...source.notCompared, ...target.notCompared]).toEqual([])
})

test("what was granted and revoked again, or the other way, is no difference", async () => {
  const revoke =
    "REVOKE EXECUTE ON FUNCTION citext_eq(citext, citext) FROM PUBLIC; GRANT EXECUTE ON FUNCTION citext_eq(citext, citext) TO PUBLIC;"
  const again = `${revoke} ${GRANT} REVOKE ALL ON FUNCTION citext_eq(citext, citext) FROM pgsd_case_a`
  const [source, target] = [await newest!.read("CREATE EXTENSION citext"), await newest!.read(`${ROLE}CREATE EXTENSION citext; ${again}`)]
  expect(await shown(source, target)).toEqual([])
})

test("with selected schemas, privileges of members are counted where their extension is not among them", async () => {
  const sql = `${ROLE}CREATE SCHEMA e; CREATE SCHEMA f; CREATE EXTENSION citext SCHEMA e; CREATE TABLE f.t (a int); ALTER EXTENSION citext ADD TABLE f.t;
    GRANT SELECT ON f.t TO pgsd_case_a; GRANT UPDATE (a) ON f.t TO pgsd_case_a`
  const counts = async (...schemas: string[]) => (await newest!.read(sql, { schemas })).notCompared.map(({ count }) => count)
  expect(await counts("f")).toEqual([2])
  expect(await counts("e", "f")).toEqual([])
})

test("owners and comments of members follow --no-owner and --no-comments, all of it --no-extension-versions", async () => {
  const citext = "CREATE EXTENSION citext; "
  const [source, target] = [
    await newest!.read(citext),
    await newest!.read(
      `${ROLE}${citext} ALTER TYPE citext OWNER TO pgsd_case_a; COMMENT ON TYPE citext IS 'x'; ALTER FUNCTION citext_eq(citext, citext) COST 9`,
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
