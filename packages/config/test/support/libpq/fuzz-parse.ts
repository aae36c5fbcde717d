import fc from "fast-check"
import { connectionString } from "../grammar.ts"
import { compareParse } from "./compare-parse.ts"
import type { Oracle } from "./oracle.ts"

const BATCH = 1_000

interface FuzzResult {
  readonly counts: Readonly<Record<"accepted" | "refused" | "not UTF-8", number>>
  readonly differences: readonly string[]
  /** A description of the run, with its seed. */
  readonly summary: string
}

/** Parses `runs` generated strings here and in libpq. */
export async function fuzzParse(oracle: Oracle, runs: number, seed: number): Promise<FuzzResult> {
  const counts = { accepted: 0, refused: 0, "not UTF-8": 0 }
  const differences: string[] = []
  for (let done = 0; done < runs; done += BATCH) {
    const texts = fc.sample(connectionString, { numRuns: Math.min(BATCH, runs - done), seed: seed + done })
    for (const [index, answer] of (await oracle.parse(texts)).entries()) {
      const result = compareParse(texts[index]!, answer)
      if (typeof result === "string") counts[result]++
      else differences.push(result.difference)
    }
  }
  const share = ((counts.accepted / runs) * 100).toFixed(1)
  const summary = `FC_SEED=${seed}: ${runs} strings, ${share} % accepted by libpq, ${counts["not UTF-8"]} not UTF-8, ${differences.length} differences`
  return { counts, differences, summary }
}
