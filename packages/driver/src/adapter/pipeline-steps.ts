import { atStatement } from "../at-statement.ts"
import { checkStatement } from "../check-statement.ts"
import type { PipelineStatement, PipelineStep } from "../contract.ts"
import { copyDirectionOf, copyThroughQuery } from "../copy-statement.ts"
import { PgsdError, unreadable } from "../errors.ts"
import { MOST_ROWS } from "../most-rows.ts"
import { isWellFormed } from "../well-formed.ts"
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
  if (!Array.isArray(steps)) throw invalid("pipeline() takes an array of steps")
  let index = 0
  // Includes holes of a sparse array.
  return Array.from(steps as readonly PipelineStep[], (step) => {
    try {
      return encodeStep(step, encode)
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

function encodeStep(step: PipelineStep, encode: typeof serializeParameters): Values | undefined {
  if ("close" in step) return checkPortal(step.close)
  if (step.rows !== undefined || !("sql" in step)) checkRows(step.rows)
  if (!("sql" in step)) return checkPortal(step.fetch)
  if (step.portal !== undefined) checkPortal(step.portal)
  return encodeStatement(step, encode)
}

function encodeStatement({ sql, params = [], undefinedAs }: PipelineStatement, encode: typeof serializeParameters): Values {
  checkStatement(sql)
  if (copyDirectionOf(sql) !== undefined) throw copyThroughQuery()
  return encode(params, undefinedAs)
}

function checkPortal(name: unknown): undefined {
  if (typeof name !== "string" || name.includes("\0") || !isWellFormed(name))
    throw invalid("the name of a portal must be a string without NUL and unpaired surrogates")
}

function checkRows(rows: unknown): void {
  if (!Number.isInteger(rows) || (rows as number) < 1 || (rows as number) > MOST_ROWS)
    throw invalid(`rows of a step must be an integer from 1 to ${MOST_ROWS}`)
}

function invalid(fact: string): PgsdError {
  return new PgsdError("PGSD_INVALID_PARAMETER", fact)
}
