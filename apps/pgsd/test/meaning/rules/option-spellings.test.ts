import { describe, expect, test } from "vitest"
import { sameOptions } from "../../../src/meaning/option-spellings.ts"
import { expectAll, type FormName, type Pair } from "../support/verdicts.ts"

const INDEX: FormName = ["index", "definition"]
const index = (...pairs: readonly Pair[]): Pair[] =>
  pairs.map(([one, other]) => [
    `CREATE INDEX i ON app.t USING gin (a) WITH (${one})`,
    `CREATE INDEX i ON app.t USING gin (a) WITH (${other})`,
  ])

describe("O: options", () => {
  test("of an index are equal in every spelling that the server accepts", () => {
    expectAll(
      INDEX,
      "same",
      index(["fastupdate=off", "fastupdate='false'"], ["fastupdate='1'", "fastupdate='on'"], ["autosummarize=y", "autosummarize='TRUE'"]),
    )
  })

  test("of an index differ in values, names and presence", () => {
    expectAll(
      INDEX,
      "different",
      index(
        ["fastupdate=off", "fastupdate='on'"],
        ["fastupdate='o'", "fastupdate='off'"],
        ["fillfactor='70'", "fillfactor='71'"],
        ["fastupdate=off", "deduplicate_items=off"],
        ["fastupdate=off", "fastupdate=off, fillfactor='70'"],
        ["buffering='1'", "buffering='on'"],
      ),
    )
  })

  test("of a relation are equal in every spelling; unknown ones are compared as text", () => {
    const pairs: readonly (readonly [string, string, boolean])[] = [
      ["autovacuum_enabled=no", "autovacuum_enabled=f", true],
      ["security_invoker=true", "security_invoker=ON", true],
      ["autovacuum_vacuum_scale_factor=0.10", "autovacuum_vacuum_scale_factor=0.1", true],
      ["autovacuum_vacuum_scale_factor=2.0", "autovacuum_vacuum_scale_factor=2", true],
      ["autovacuum_enabled=no", "autovacuum_enabled=yes", false],
      ["autovacuum_vacuum_scale_factor=0.10", "autovacuum_vacuum_scale_factor=0.01", false],
      ["fillfactor=100", "fillfactor=10", false],
      ["fillfactor=010", "fillfactor=10", false],
      ["check_option=local", "check_option=LOCAL", false],
    ]
    expect(pairs.filter(([one, other, same]) => sameOptions([one], [other]) !== same)).toEqual([])
    expect(sameOptions(["fillfactor=70"], null)).toBe(false)
    expect(sameOptions(["fillfactor=70"], ["fillfactor=70", "autovacuum_enabled=on"])).toBe(false)
  })
})
