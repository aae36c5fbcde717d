import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { formatNumber, formatRatio, formatSpread } from "../src/harness/format.ts"
import { fullText, headlineText, replaceBetweenMarkers, summaryOf, tableText, withSummary } from "../src/harness/markdown.ts"
import type { Results, Table } from "../src/harness/report.ts"
import { interleaved } from "../src/harness/rounds.ts"
import { quantile, spreadOf } from "../src/harness/statistics.ts"

const shown: Table = { caption: "shown", columns: ["a", "b"], rows: [["x|y", "1"]] }
const hidden: Table = { ...shown, caption: "hidden" }

const results: Results = {
  machine: { node: "20.0.0", platform: "linux x64", cpu: "abacus", cores: 2, versions: { pg: "8.0.0" } },
  sections: {
    faults: {
      title: "Faults",
      meaning: "Fast.",
      tables: [shown, hidden],
      data: {},
      measuredAt: "2026-01-02T03:04:05.000Z",
      tookMs: 1,
      loadBefore: 0.25,
    },
  },
}

test("a table's cells cannot break it", () => {
  expect(tableText(shown)).toBe("**shown**\n\n| a | b |\n|---|---:|\n| x\\|y | 1 |")
})

test("the pool's README shows the outcomes alone, and both say where the figures come from", () => {
  expect(fullText(results)).toContain("**hidden**")
  expect(headlineText(results)).toContain("**shown**")
  expect(headlineText(results)).not.toContain("**hidden**")
  for (const text of [fullText(results), headlineText(results)])
    expect(text).toContain(
      "Measured 2026-01-02 by `pnpm bench` on 2 cores (abacus), linux x64, Node 20.0.0; load average before the sections 0.3 to 0.3",
    )
})

test("every figure of the READMEs is one of the committed run", () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8")
  const committed = JSON.parse(read("../results/latest.json")) as Results
  const summary = summaryOf(committed)
  expect(summary.rows).toHaveLength(6)
  expect(summary.rows.flat()).not.toContain("–")
  for (const [readme, text] of [
    ["../README.md", fullText(committed)],
    ["../../../packages/pool/README.md", headlineText(committed)],
  ] as const)
    expect(replaceBetweenMarkers(read(readme), text), readme).toBe(read(readme))
  expect(withSummary(read("../../../README.md"), committed), "README.md").toBe(read("../../../README.md"))
})

test("the text between the markers is replaced, the text around them is kept", () => {
  const before = "head\n<!-- bench:start -->\nold\n<!-- bench:end -->\ntail\n"
  const after = "head\n<!-- bench:start -->\n\nnew\n\n<!-- bench:end -->\ntail\n"
  expect(replaceBetweenMarkers(before, "new")).toBe(after)
  expect(replaceBetweenMarkers(after, "new")).toBe(after)
  expect(() => replaceBetweenMarkers("nothing", "new")).toThrow("no <!-- bench:start -->")
})

test("medians, spreads and ratios", () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3, runs: 3 })
  expect(quantile([1, 2], 0.5)).toBe(1.5)
  expect(formatSpread(spreadOf([1_234, 1_000, 2_000]))).toBe("1,230 (1,000..2,000)")
  expect(formatSpread(spreadOf([1_234]))).toBe("1,230 (one run)")
  expect(formatRatio(spreadOf([30]), spreadOf([10]))).toBe("3×")
  expect(formatRatio(new Error("no"), spreadOf([10]))).toBe("–")
  expect(formatNumber(0.012345)).toBe("0.0123")
})

test("rounds are interleaved; who fails is out, and who is over the budget gets no more rounds", async () => {
  const order: string[] = []
  const found = await interleaved({
    contestants: ["a", "b", "c"],
    rounds: 3,
    budgetMs: 20,
    measure: async (contestant) => {
      order.push(contestant)
      if (contestant === "b") throw new Error("broken")
      if (contestant === "c") for (const until = performance.now() + 25; performance.now() < until; );
      return order.length
    },
  })
  expect(order).toEqual(["a", "b", "c", "a", "a"])
  expect(found.get("a")).toMatchObject({ runs: 3 })
  expect(found.get("b")).toEqual(new Error("broken"))
  expect(found.get("c")).toMatchObject({ runs: 1 })
})
