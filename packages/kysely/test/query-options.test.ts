import { expect, test } from "vitest"
import { optionsOf, queryOptions } from "../src/query-options.ts"

/** Those that were made from it by AbortSignal.any(), on Node and undici's own account. */
function dependants(signal: AbortSignal): number {
  const own = signal as unknown as Record<symbol, unknown>
  const sets = Object.getOwnPropertySymbols(own).map((name) => own[name])
  return sets.reduce<number>((sum, each) => sum + (each instanceof Set ? each.size : 0), 0)
}

test("two signals of one statement stop it, and keep nothing of it once it is over", () => {
  const [plugins, kyselys] = [new AbortController(), new AbortController()]
  const queryId = { queryId: "1" }
  queryOptions({ signal: plugins.signal, timeoutMs: 5 }).transformQuery({ node: {} as never, queryId })
  for (let at = 0; at < 100; at++) optionsOf(queryId, kyselys.signal).end()
  expect([dependants(plugins.signal), dependants(kyselys.signal)]).toEqual([0, 0])
  const over = optionsOf(queryId, kyselys.signal)
  over.end()
  const { options } = optionsOf(queryId, kyselys.signal)
  expect(options).toMatchObject({ timeoutMs: 5, signal: { aborted: false } })
  kyselys.abort("enough")
  expect(options!.signal).toMatchObject({ aborted: true, reason: "enough" })
  expect(over.options!.signal!.aborted).toBe(false)
  expect(optionsOf(queryId, kyselys.signal).options!.signal!.aborted).toBe(true)
})
