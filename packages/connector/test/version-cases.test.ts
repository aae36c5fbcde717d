import { readFileSync } from "node:fs"
import { parseServerVersion } from "@pgsd/connector"
import { describe, expect, test } from "vitest"

interface Case {
  readonly input: string
  readonly expect: { readonly major: number | null; readonly minor: number | null; readonly num: number | null; readonly flavour: string }
  readonly extra: { readonly patch: number; readonly pre: string | null; readonly fork_version: string | null }
}

const { cases } = JSON.parse(readFileSync(new URL("./cases/server-versions.json", import.meta.url), "utf8")) as { cases: Case[] }

describe("every collected version text is parsed correctly", () => {
  test.each(cases.map((each) => [each.input, each] as const))("%s", (input, each) => {
    const version = parseServerVersion(input)
    expect({
      major: version.major ?? null,
      minor: version.minor ?? null,
      num: version.number ?? null,
      flavour: version.flavour,
      patch: version.patch,
      pre: version.prerelease ?? null,
      fork_version: version.flavourVersion ?? null,
    }).toEqual({ ...each.expect, ...each.extra })
  })
})
