import { type Connection, isPgsdError, type PipelineResult, type PipelineStep, QueryError } from "@pgsd/driver"
import { withConnections } from "../wrap.ts"
import type { BrokenDriver } from "./broken-driver.ts"

type Pipeline = Connection["pipeline"]

/** A driver with another pipeline(). */
function pipelining(law: string, fault: string, change: (connection: Connection) => Pipeline, also: readonly string[] = []): BrokenDriver {
  return { law, fault, also, breaks: (driver) => withConnections(driver, (connection) => ({ pipeline: change(connection) })) }
}

/** What is no array, or no step, stays as it is: the correct driver refuses it. */
function without(steps: readonly PipelineStep[], names: readonly string[]): readonly PipelineStep[] {
  const rest = (step: PipelineStep) => Object.fromEntries(Object.entries(step).filter(([name]) => !names.includes(name)))
  return Array.isArray(steps) ? steps.map((step) => step && rest(step)) : steps
}

export const brokenPipelines: readonly BrokenDriver[] = [
  pipelining(
    "a pipeline returns one result per statement, in order, with its own parameters, parsers and row mode",
    "it knows no parsers of a statement's own",
    (connection) => (steps, options) => connection.pipeline(without(steps, ["types"]), options),
    ["a value parser that throws fails only its own query, with its exception"],
  ),
  pipelining(
    "after a failed statement of a pipeline nothing runs, and outside a transaction nothing stays; the error has its index",
    "each statement has its own Sync",
    (connection) => async (steps, options) => {
      if (
        connection.status !== "idle" ||
        steps.some((step) => "portal" in step || ("sql" in step && /^(?:BEGIN|COPY|SELECT pg_sleep)/.test(step.sql)))
      )
        return connection.pipeline(steps, options)
      const results: PipelineResult[] = []
      for (const step of steps) {
        if (!("sql" in step) || step.types !== undefined) results.push(...(await connection.pipeline([step], options)))
        else
          try {
            results.push({ ...(await connection.query(step.sql, step.params, { rowMode: step.rowMode, ...options })), suspended: false })
          } catch (error) {
            if (isPgsdError(error)) Object.defineProperty(error, "statementIndex", { value: results.length })
            throw error
          }
      }
      return results
    },
  ),
  pipelining(
    "a pipeline with a COPY, an invalid statement or an invalid parameter is refused without sending anything",
    "the steps before it are sent",
    (connection) => async (steps, options) => {
      const wrong = steps.findIndex((step) => "sql" in step && String(step.sql).startsWith("COPY"))
      if (wrong > 0) await connection.pipeline([...steps.slice(0, wrong), { sql: "SELECT pgsd_missing" }], options).catch(() => {})
      return connection.pipeline(steps, options)
    },
  ),
  {
    law: "queries before and after a pipeline keep their order",
    fault: "a query overtakes queued pipelines",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        let asked = 0
        const query = (async (...call: Parameters<Connection["query"]>) => {
          asked++
          return connection.query(...call).finally(() => asked--)
        }) as Connection["query"]
        const pipeline: Pipeline = async (...call) => {
          await new Promise((resolve) => setImmediate(resolve))
          while (asked > 0) await new Promise((resolve) => setImmediate(resolve))
          return connection.pipeline(...call)
        }
        return { query, pipeline }
      }),
  },
  pipelining(
    "an abort ends a pipeline without an effect: the connection is usable or closed",
    "it looks at the signal before it begins",
    (connection) =>
      async (steps, { signal } = {}) => {
        signal?.throwIfAborted()
        return connection.pipeline(steps)
      },
  ),
  pipelining(
    "a portal returns its rows in parts, until the end of its transaction and concurrently with others; a writing statement takes effect at once",
    "it has no limit of rows",
    (connection) => (steps, options) => connection.pipeline(without(steps, ["rows"]), options),
    ["a pipeline with a COPY, an invalid statement or an invalid parameter is refused without sending anything"],
  ),
]

/** Faults that show only over a network. */
export const brokenNetworkPipelines: readonly BrokenDriver[] = [
  pipelining("a pipeline is one round trip", "it awaits each statement", (connection) => async (steps, options) => {
    const results: PipelineResult[] = []
    if (steps.length < 10) return connection.pipeline(steps, options)
    for (const step of steps) results.push(...(await connection.pipeline([step], options)))
    return results
  }),
  pipelining(
    "a lost connection rejects a pipeline",
    "a loss is the statement's error",
    (connection) => (steps, options) =>
      connection.pipeline(steps, options).catch((error: unknown) => {
        throw isPgsdError(error) && error.code === "PGSD_CONNECTION_LOST" ? new QueryError("PGSD_QUERY_FAILED", error.message) : error
      }),
  ),
]
