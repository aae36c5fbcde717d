import { atStatement } from "../at-statement.ts"
import { checkStatement } from "../check-statement.ts"
import type { PipelineStatement, PipelineStep } from "../contract.ts"
import { copyDirectionOf, copyThroughQuery } from "../copy-statement.ts"
import { unreadable } from "../errors.ts"
import { serializeParameters } from "./serialize-parameters.ts"

/** The serialised parameters of a statement. */
type Values = readonly (string | null)[]

/**
 * Validates the steps of pipeline() before anything is sent.
 *
 * @param encode see {@link serializeParameters}
 * @returns the serialised parameters of each step; undefined for a step without a statement
 * @throws PgsdError PGSD_INVALID_PARAMETER for what cannot be sent, PGSD_UNSUPPORTED for a COPY, with `statementIndex`
 */
export function encodeSteps(
  steps: readonly PipelineStep[],
  encode: typeof serializeParameters = serializeParameters,
): (Values | undefined)[] {
  let index = 0
  return steps.map((step) => {
    try {
      return "sql" in step ? encodeStatement(step, encode) : undefined
    } catch (error) {
      throw atStatement(unreadable("PGSD_INVALID_PARAMETER", "the step", error), index)
    } finally {
      if (isAnswered(step)) index++
    }
  })
}

function isAnswered(step: PipelineStep): boolean {
  try {
    return !("close" in step)
  } catch {
    return true
  }
}

function encodeStatement({ sql, params = [], undefinedAs }: PipelineStatement, encode: typeof serializeParameters): Values {
  checkStatement(sql)
  if (copyDirectionOf(sql) !== undefined) throw copyThroughQuery()
  return encode(params, undefinedAs)
}
