import { checkOptions, followAll } from "@pgsd/driver"
import { CALL_OPTIONS, type CallOptions } from "@pgsd/driver/calls"
import type {
  KyselyPlugin,
  PluginTransformQueryArgs,
  PluginTransformResultArgs,
  QueryId,
  QueryResult,
  RootOperationNode,
  UnknownRow,
} from "kysely"

/** Options for a statement sent by Kysely. For a stream: `signal`, `timeoutMs` (per round trip) and `types`. */
export type StatementOptions = Omit<CallOptions, "rowMode" | "undefinedAs" | "results">

const { rowMode: _, undefinedAs: __, results: ___, ...TABLE } = CALL_OPTIONS

/** By query identity, which Kysely preserves from the builder to the driver. */
const known = new WeakMap<QueryId, StatementOptions>()

/**
 * A plugin with options for the statements it is applied to: `db.withPlugin(queryOptions({ signal }))` cancels the running statement when
 * the signal fires. Later plugins take precedence.
 *
 * @throws PgsdError PGSD_INVALID_OPTION
 */
export function queryOptions(options: StatementOptions): KyselyPlugin {
  checkOptions("option of queryOptions", options, TABLE)
  return new OptionsPlugin(options)
}

class OptionsPlugin implements KyselyPlugin {
  readonly #options: StatementOptions

  constructor(options: StatementOptions) {
    this.#options = options
  }

  transformQuery({ node, queryId }: PluginTransformQueryArgs): RootOperationNode {
    known.set(queryId, { ...known.get(queryId), ...this.#options })
    return node
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result
  }
}

interface OptionsOfCall {
  readonly options: StatementOptions | undefined
  /** The call is over. */
  end(): void
}

const NOTHING = () => {}

/** @param signal Kysely's own, from 0.29 on */
export function optionsOf(queryId: QueryId, signal: AbortSignal | undefined): OptionsOfCall {
  const options = known.get(queryId)
  if (signal === undefined) return { options, end: NOTHING }
  if (options?.signal === undefined) return { options: { ...options, signal }, end: NOTHING }
  // Not AbortSignal.any(): a signal that lives long keeps something of each that was made from it.
  const either = new AbortController()
  const end = followAll([options.signal, signal], either)
  return { options: { ...options, signal: either.signal }, end }
}
