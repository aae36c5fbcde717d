import type { PipelineStep } from "../contract.ts"

/** The statements of all steps. */
export function textsOf(steps: readonly PipelineStep[]): readonly string[] {
  return steps.flatMap((step) => ("sql" in step ? [step.sql] : []))
}

/** The same in one string. */
export function textOf(steps: readonly PipelineStep[]): string {
  return textsOf(steps).join(";\n")
}
