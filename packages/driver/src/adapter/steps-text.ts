import type { PipelineStep } from "../contract.ts"

/** The statements of all steps, in one string. */
export function textOf(steps: readonly PipelineStep[]): string {
  return steps.flatMap((step) => ("sql" in step ? [step.sql] : [])).join(";\n")
}
