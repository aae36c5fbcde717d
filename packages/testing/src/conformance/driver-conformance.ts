import { Bench } from "./bench.ts"
import { withoutEscapes } from "./escapes.ts"
import { missingNeed, type Need } from "./law.ts"
import { lawFamilies } from "./laws.ts"
import type { ConformanceRunner, ConformanceSubject } from "./subject.ts"

/** The laws that were tested with a driver. */
export interface ConformanceReport {
  readonly laws: readonly string[]
  /** Excluded by the driver's manifest. */
  readonly skipped: readonly { readonly law: string; readonly need: Need }[]
}

/**
 * Declares one test per law of the driver contract. Nothing runs before the runner starts them.
 *
 * @param runner the `describe` and `it` of a test runner
 */
export function driverConformance({ describe, it }: ConformanceRunner, subject: ConformanceSubject): ConformanceReport {
  const laws: string[] = []
  const skipped: { law: string; need: Need }[] = []
  for (const family of lawFamilies) {
    const kept = family.laws.filter((law) => {
      const need = missingNeed(law, subject.driver.supports)
      if (need !== undefined) skipped.push({ law: law.name, need })
      return need === undefined
    })
    if (kept.length === 0) continue
    laws.push(...kept.map((law) => law.name))
    describe(`${subject.name}: ${family.name}`, () => {
      for (const law of kept) it(law.name, () => withoutEscapes(() => judged(subject, law.check)))
    })
  }
  return { laws, skipped }
}

async function judged(subject: ConformanceSubject, check: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = new Bench(subject)
  try {
    await check(bench)
  } finally {
    await bench.end()
  }
}
