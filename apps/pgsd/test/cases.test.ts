import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { compare } from "../src/model/compare.ts"
import { type CaseServer, caseServer } from "./support/case-server.ts"
import { describeDifference, diffCases } from "./support/cases.ts"

// Two majors at once: what they print differently must not look like a difference.
const MAJORS = [14, 18] as const
const servers: CaseServer[] = []

beforeAll(async () => {
  servers.push(...(await Promise.all(MAJORS.map(caseServer))))
})
afterAll(() => Promise.all(servers.map((server) => server[Symbol.asyncDispose]())))

const everywhere = diffCases.filter(({ loadsOn }) => MAJORS.every((major) => loadsOn.includes(major)))
const newestOnly = diffCases.filter(({ loadsOn }) => loadsOn.includes(18) && !loadsOn.includes(14))

describe.each([
  [14, 18, everywhere],
  [18, 14, everywhere],
  [18, 18, newestOnly],
] as const)("source on %i, target on %i", (sourceMajor, targetMajor, cases) => {
  test.each(cases)("$name", async ({ a, b, expected, allowed }) => {
    const source = on(sourceMajor).read(a)
    if (sourceMajor === targetMajor) await source
    const [before, after] = await Promise.all([source, on(targetMajor).read(b)])
    expect(found(before, after, allowed)).toEqual(expected)
    expect(compare(after, before).differences).toHaveLength(compare(before, after).differences.length)
  })
})

function on(major: number): CaseServer {
  return servers.find(({ version }) => version === major)!
}

function found(source: Parameters<typeof compare>[0], target: Parameters<typeof compare>[1], allowed: readonly string[]): string[] {
  return compare(source, target)
    .differences.map(describeDifference)
    .filter((words) => !allowed.includes(words))
    .sort()
}
