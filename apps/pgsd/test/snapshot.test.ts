import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import type { Catalog, SchemaObject } from "../src/model/catalog.ts"
import { readSnapshot } from "../src/snapshot/read-snapshot.ts"
import { covers, restrictedTo, type Scope } from "../src/snapshot/scope.ts"
import { catalog, column, table } from "./support/objects.ts"
import { EVERYTHING, snapshotFiles, snapshotText } from "./support/snapshot-files.ts"

const files = snapshotFiles()
afterAll(() => files[Symbol.dispose]())

const server: SchemaObject = {
  kind: "foreign_server",
  schema: null,
  name: "srv",
  facts: { "option host": "(hidden)", ["__proto__"]: "x" },
  secrets: { "option host": "d1ge5t" },
}
const shop = catalog([table("t"), column("t", "a", { type: "text" }), server])

describe("a snapshot", () => {
  test("restores the catalog, without digests of hidden values, which are counted as not compared", async () => {
    const { read, text, violations } = await files.through(shop)
    const { secrets: _, ...kept } = server
    expect(read).toEqual({
      ...shop,
      objects: [shop.objects[0], shop.objects[1], kept],
      notCompared: [{ kind: "hidden values of options and settings, which a snapshot does not hold", count: 1 }],
    })
    expect(Object.keys(read.objects[2]!.facts)).toEqual(["option host", "__proto__"])
    expect(violations).toEqual([])
    expect(text).not.toContain("d1ge5t")
    expect(text.split("\n")).toHaveLength(1 + 3 + 1 + 1)
  })

  test("counts the hidden values of the selection, as a reader of the server would", async () => {
    const foreign = (name: string): SchemaObject => ({
      ...column("t", name, { "option a": "(hidden)", "option b": "(hidden)" }),
      schema: name,
    })
    const file = files.write(snapshotText(catalog([...shop.objects, foreign("one"), foreign("other")])))
    const counts = async (schemas: readonly string[] | null) =>
      (await readSnapshot(file, { schemas, excludedSchemas: [] })).catalog.notCompared.map(({ count }) => count)
    expect(await counts(null)).toEqual([5])
    expect(await counts(["one"])).toEqual([2])
    expect(await counts(["one", "other"])).toEqual([4])
    expect(await counts(["shop"])).toEqual([])
  })

  test("contains no terminal control characters, and is read back the same", async () => {
    const odd = catalog([table("\u001b[2J\u009b\u202e\u2028\ufeff")], { environment: { encoding: "\u009b" } })
    const { read, text } = await files.through(odd)
    expect(read).toEqual(odd)
    expect(text).toMatch(/^[\n -~]*$/)
  })

  test("of nothing can be read, and so can a reformatted one", async () => {
    expect((await files.through(catalog([]))).read).toEqual(catalog([]))
    const formatted = files.write(JSON.stringify(JSON.parse(snapshotText(shop)), null, 4))
    expect((await readSnapshot(formatted, EVERYTHING)).catalog.objects).toHaveLength(3)
  })
})

const wrong: readonly (readonly [what: string, text: string, code: string, message: RegExp])[] = [
  ["is cut off", snapshotText(shop).slice(0, -40), "PGSD_SNAPSHOT_INVALID", /no complete JSON/],
  ["is empty", "", "PGSD_SNAPSHOT_INVALID", /no complete JSON/],
  ["is something else", '{ "name": "pgsd", "password": "s3cret" }', "PGSD_SNAPSHOT_INVALID", /no snapshot of pgsd/],
  ["is the result of a diff", '{ "format": 1, "equal": true }', "PGSD_SNAPSHOT_INVALID", /no snapshot of pgsd/],
  ["was edited", snapshotText(shop).replace('"text"', '"int4"'), "PGSD_SNAPSHOT_INVALID", /not as it was written/],
  ["has an unknown kind", snapshotText(shop).replace('"kind":"table"', '"kind":"tables"'), "PGSD_SNAPSHOT_INVALID", /objects\/0\/kind/],
  [
    "is newer",
    snapshotText(shop).replace('"format":1', '"format":2'),
    "PGSD_SNAPSHOT_FORMAT",
    /format 2, and this version of pgsd reads 1/,
  ],
  ["is older", snapshotText(shop).replace('"format":1', '"format":0'), "PGSD_SNAPSHOT_FORMAT", /format 0/],
]

describe("a file is refused with its name and the next step when it", () => {
  test.each(wrong)("%s", async (_, text, code, message) => {
    const file = files.write(text)
    const error = await readSnapshot(file, EVERYTHING).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code, message: expect.stringMatching(message), hint: expect.any(String) })
    expect((error as Error).message).toContain(file)
    expect((error as Error).message).not.toContain("s3cret")
  })

  test("does not exist, is a folder, or is too large", async () => {
    const file = files.write(snapshotText(shop))
    const size = snapshotText(shop).length
    await expect(readSnapshot(`${file}.gone`, EVERYTHING)).rejects.toMatchObject({ code: "PGSD_SNAPSHOT_UNREADABLE", message: /ENOENT/ })
    await expect(readSnapshot(files.folder, EVERYTHING)).rejects.toMatchObject({ code: "PGSD_SNAPSHOT_UNREADABLE" })
    await expect(readSnapshot(file, EVERYTHING, undefined, size - 1)).rejects.toMatchObject({
      code: "PGSD_SNAPSHOT_UNREADABLE",
      message: expect.stringContaining(`cannot be read: ${file} is larger than ${size - 1} bytes`),
    })
    await expect(readSnapshot(file, EVERYTHING, undefined, size)).resolves.toBeDefined()
  })

  test("is a pipe, which would block, or has more bytes than its size", async () => {
    if (process.platform !== "win32") {
      const pipe = join(files.folder, "pipe")
      execFileSync("mkfifo", [pipe])
      await expect(readSnapshot(pipe, EVERYTHING)).rejects.toMatchObject({
        code: "PGSD_SNAPSHOT_UNREADABLE",
        message: /not a regular file/,
      })
    }
    // Its size is reported as 0.
    if (process.platform === "linux")
      await expect(readSnapshot("/proc/self/status", EVERYTHING, undefined, 100)).rejects.toMatchObject({
        code: "PGSD_SNAPSHOT_UNREADABLE",
        message: /is larger than 100 bytes/,
      })
  })

  test("holds less than requested", async () => {
    const file = files.write(snapshotText(shop, { scope: { schemas: ["shop"], excludedSchemas: [] } }))
    await expect(readSnapshot(file, EVERYTHING)).rejects.toMatchObject({ code: "PGSD_SNAPSHOT_SCOPE", message: /--schema shop/ })
    await expect(readSnapshot(file, { schemas: ["shop"], excludedSchemas: [] })).resolves.toBeDefined()
  })
})

test("an abort ends the reading", async () => {
  const reason = new Error("enough")
  await expect(readSnapshot(files.write(snapshotText(shop)), EVERYTHING, AbortSignal.abort(reason))).rejects.toBe(reason)
})

const scope = (schemas: readonly string[] | null, ...excludedSchemas: string[]): Scope => ({ schemas, excludedSchemas })

test.each([
  [scope(null), scope(null), true],
  [scope(null), scope(["a"]), true],
  [scope(null), scope(null, "a"), true],
  [scope(["a"]), scope(null), false],
  [scope(["a", "b"]), scope(["b"]), true],
  [scope(["a"]), scope(["b"]), false],
  [scope(["a"]), scope(["a", "b"], "b"), true],
  [scope(null, "a"), scope(null), false],
  [scope(null, "a"), scope(null, "a", "b"), true],
  [scope(null, "a"), scope(["b"]), true],
  [scope(null, "a"), scope(["a", "b"]), false],
  [scope(["a"], "a"), scope(["a"]), false],
])("%o covers %o: %s", (read, asked, expected) => expect(covers(read, asked)).toBe(expected))

test("a part of a catalog is the content of the schemas; with selected schemas, nothing that belongs to the database", () => {
  const object = (kind: SchemaObject["kind"], schema: string | null, name: string, facts = {}): SchemaObject => ({
    kind,
    schema,
    name,
    facts,
  })
  const all: Catalog = catalog([
    ...[object("table", "a", "t"), object("table", "b", "t"), object("schema", null, "a"), object("schema", null, "b")],
    ...[object("extension", null, "x", { schema: "a" }), object("extension", null, "y", { schema: "b" }), object("cast", null, "c")],
  ])
  const names = (of: Scope) => restrictedTo(all, of).objects.map(({ kind, schema, name }) => [kind, schema, name].join(" "))
  expect(restrictedTo(all, EVERYTHING)).toBe(all)
  expect(names(scope(["a"]))).toEqual(["table a t", "schema  a", "extension  x"])
  expect(names(scope(null, "a"))).toEqual(["table b t", "schema  b", "extension  x", "extension  y", "cast  c"])
})
