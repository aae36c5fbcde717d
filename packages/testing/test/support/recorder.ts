import { type ConformanceReport, type ConformanceRunner, type ConformanceSubject, driverConformance } from "@pgsd/testing"

export interface RecordedLaw {
  readonly name: string
  readonly check: () => Promise<void>
}

/** The suite as a list: a runner that only collects the laws. */
export function recorded(subject: ConformanceSubject): { readonly laws: readonly RecordedLaw[]; readonly report: ConformanceReport } {
  const laws: RecordedLaw[] = []
  const runner: ConformanceRunner = {
    describe: (_name, define) => define(),
    it: (name, check) => laws.push({ name, check }),
  }
  const report = driverConformance(runner, subject)
  return { laws, report }
}

/** The names of the laws that the subject fails, in the suite's order. */
export async function brokenLaws(subject: ConformanceSubject, only: (law: string) => boolean = () => true): Promise<readonly string[]> {
  const broken: string[] = []
  for (const { name, check } of recorded(subject).laws.filter((law) => only(law.name))) await check().catch(() => broken.push(name))
  return broken
}

// A broken driver's promises are sometimes handled only after their law; Node would print a warning.
process.on("rejectionHandled", () => {})
