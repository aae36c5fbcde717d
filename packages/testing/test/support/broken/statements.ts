import { DatabaseConnectionError, isPgsdError, PgsdError, QueryError, type QueryOptions, type QueryResult } from "@pgsd/driver"
import { withConnections } from "../wrap.ts"
import type { BrokenDriver } from "./broken-driver.ts"

type Ask = (sql: string, params?: readonly unknown[], options?: QueryOptions) => Promise<QueryResult>

/** A driver whose query() is `ask`, given the correct one. */
function asking(
  law: string,
  fault: string,
  ask: (inner: Ask, ...call: Parameters<Ask>) => Promise<QueryResult>,
  also: string[] = [],
): BrokenDriver {
  return {
    law,
    fault,
    also,
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        const inner: Ask = (sql, params, options) => connection.query(sql, params, options)
        // The correct driver refuses what is not a statement, too.
        const query: Ask = (sql, params, options) =>
          isQuestion(sql, params) ? ask(inner, sql, params, options) : inner(sql, params, options)
        return { query: query as typeof connection.query }
      }),
  }
}

function isQuestion(sql: unknown, params: unknown): boolean {
  return typeof sql === "string" && (params === undefined || Array.isArray(params))
}

const statements = (sql: string) => sql.split(";").map((each) => each.trim())

export const brokenStatements: readonly BrokenDriver[] = [
  asking("parameters never reach the SQL text", "it pastes text into current_query()", (inner, sql, params, options) =>
    sql.includes("current_query") ? inner(sql.replaceAll("$1", `'${params?.[0]}'`), undefined, options) : inner(sql, params, options),
  ),
  asking("a statement with a NUL or an unpaired surrogate is refused", "half a pair is left out", (inner, sql, params, options) =>
    inner(sql.replace(" -- \ud800", ""), params, options),
  ),
  asking(
    "several statements in one text return the last command, and the rows of the last statement with rows",
    "the rows of the last statement are all it knows",
    async (inner, sql, params, options) => {
      const result = await inner(sql, params, options)
      return params === undefined && sql.includes(";") && result.command !== "SELECT" ? { ...result, rows: [] } : result
    },
  ),
  asking(
    "an error in one of several statements rejects the whole text",
    "it sends them one by one and forgives all but the last",
    async (inner, sql, params, options) => {
      if (params !== undefined || sql.startsWith("DO") || sql.startsWith("SET")) return inner(sql, params, options)
      const [last = "", ...others] = statements(sql).reverse()
      for (const each of others.reverse()) if (each.includes("pgsd_missing")) await inner(each).catch(() => {})
      return others.some((each) => each.includes("pgsd_missing")) ? inner(last) : inner(sql, params, options)
    },
    ['with results "all", too, an error or a COPY in one of several statements rejects the whole text'],
  ),
  asking(
    'results "all" returns the result of every statement of a text, in order, for its own query alone',
    "it leaves out results without rows",
    async (inner, ...call) => {
      const { results, ...last } = await inner(...call)
      return results === undefined ? last : { ...last, results: results.filter(({ fields }) => fields.length > 0) }
    },
  ),
  asking(
    'with results "all", too, an error or a COPY in one of several statements rejects the whole text',
    "it gives what came before the error",
    (inner, sql, params, options) =>
      inner(sql, params, options).catch((error: unknown) => {
        if (options?.results === undefined || !sql.includes("pgsd_missing;")) throw error
        return inner("SELECT 1 AS a", undefined, options)
      }),
  ),
  asking("a parameter list, even an empty one, allows only one statement", "it ignores an empty list", (inner, sql, params, options) =>
    inner(sql, params?.length === 0 && sql.includes(";") ? undefined : params, options),
  ),
  asking(
    "an empty text succeeds in every session state",
    "it refuses empty texts",
    (inner, sql, params, options) => (sql === "" ? Promise.reject(new Error("no query")) : inner(sql, params, options)),
    ['results "all" returns the result of every statement of a text, in order, for its own query alone'],
  ),
  asking("command and rowCount come from the command tag", "it counts rows instead of reading the tag", async (inner, ...call) => {
    const result = await inner(...call)
    return result.command === "UPDATE" ? { ...result, rowCount: result.rows.length } : result
  }),
  asking("fields describe the columns, also of an empty result", "it takes the fields from the first row", async (inner, ...call) => {
    const result = await inner(...call)
    return result.rows.length === 0 ? { ...result, fields: [] } : result
  }),
  asking(
    "a column may have any name: each is an own property of its row",
    "it assigns the columns of a row",
    async (inner, ...call) => {
      const result = await inner(...call)
      const rows = result.rows.map((row) => {
        const assigned: Record<string, unknown> = {}
        for (const [name, value] of Object.entries(row)) assigned[name] = value
        return assigned
      })
      return { ...result, rows }
    },
    ['rowMode "array" keeps two columns of the same name, for its own query alone'],
  ),
  asking(
    "prepare: true names a statement once, and nothing else does",
    "it ignores prepare",
    (inner, sql, params, options) => inner(sql, params, { ...options, prepare: false }),
    [
      "prepare with a name uses that name, and another statement with it replaces the first",
      "DISCARD of temporary tables, sequences or plans takes no prepared statement",
      "every error has the label of its connection, also one of a call's arguments",
    ],
  ),
  asking(
    "prepare with a name uses that name, and another statement with it replaces the first",
    "it chooses all names itself",
    (inner, sql, params, options) =>
      inner(
        sql,
        params,
        options?.prepare !== undefined && String(options.prepare).startsWith("P") ? { ...options, prepare: true } : options,
      ),
  ),
  asking(
    "a prepared statement is executed once, also when its own error has the SQLSTATE of one that must be prepared again",
    "it decides by the SQLSTATE alone",
    (inner, sql, params, options) =>
      inner(sql, params, options).catch((error: unknown) => {
        if ((error as QueryError).sqlState !== "0A000" || !options?.prepare) throw error
        return inner(sql, params, options)
      }),
  ),
  {
    law: "prepared statements of a table that has changed are prepared again, also several in flight",
    fault: "it repeats only what is alone on the connection",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        let changed = false
        const query: Ask = (sql, params, options) => {
          if (String(sql).startsWith("ALTER TABLE")) changed = true
          const alone = connection.status !== "busy"
          if (changed && !alone && options?.prepare) return Promise.reject(new QueryError("PGSD_QUERY_FAILED", "cached plan"))
          return connection.query(sql, params, options)
        }
        return { query: query as typeof connection.query }
      }),
  },
  {
    law: "DISCARD of temporary tables, sequences or plans takes no prepared statement",
    fault: "it gives every text another name after any DISCARD",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        let discards = ""
        const query: Ask = (sql, params, options) => {
          if (String(sql).startsWith("DISCARD")) discards += " "
          return connection.query(options?.prepare === true && isQuestion(sql, params) ? `${discards}${sql}` : sql, params, options)
        }
        return { query: query as typeof connection.query }
      }),
  },
  asking(
    "a text of several statements that sets another client_encoding is refused before it is sent",
    "it leaves that to the server",
    (inner, sql, ...rest) => inner(sql.includes("; RESET client_encoding") ? "SELECT 1 AS a" : sql, ...rest),
  ),
  asking("a large result and a large parameter arrive complete", "it stops at 10,000 rows", async (inner, ...call) => {
    const result = await inner(...call)
    return { ...result, rows: result.rows.slice(0, 10_000) }
  }),
  asking(
    "COPY through query() rejects in both directions and leaves the connection usable or closed",
    "COPY hangs",
    (inner, sql, ...rest) => (sql.startsWith("COPY") ? new Promise(() => {}) : inner(sql, ...rest)),
    ["every error has the label of its connection, also one of a call's arguments"],
  ),
  asking("every value is parsed by the value table", "it makes dates of dates", (inner, sql, params, options) =>
    inner(sql, params, { ...options, types: { 1082: (text) => new Date(text), ...options?.types } }),
  ),
  asking(
    "every parameter is sent as the same text, whose type is left to the server",
    "it writes booleans as numbers",
    (inner, sql, params, options) =>
      inner(
        sql,
        params?.map((value) => (typeof value === "boolean" ? Number(value) : value)),
        options,
      ),
  ),
  {
    law: "a parameter without a PostgreSQL form is refused before anything is sent",
    fault: "it converts any statement to text",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        const query: Ask = (sql, params, options) => connection.query(String(sql), params, options)
        return { query: query as typeof connection.query }
      }),
  },
  asking(
    "a parameter without a PostgreSQL form is refused before anything is sent",
    "undefined is NULL to it",
    (inner, sql, params, options) =>
      inner(
        sql,
        params?.map((value) => value ?? null),
        options,
      ),
    ['undefinedAs "null" writes undefined as NULL, for its own query alone'],
  ),
  asking(
    "a server error has SQLSTATE, severity, detail, hint and the named objects, with the driver's own error as its cause",
    "it loses the detail",
    (inner, ...call) =>
      inner(...call).catch((error: unknown) => {
        throw error instanceof QueryError
          ? new QueryError(error.code, error.message, { ...error, detail: undefined, cause: error.cause })
          : error
      }),
  ),
  asking("a syntax error has its position, in both protocols", "it loses the position", (inner, ...call) =>
    inner(...call).catch((error: unknown) => {
      throw error instanceof QueryError
        ? new QueryError(error.code, error.message, { ...error, position: undefined, cause: error.cause })
        : error
    }),
  ),
  {
    law: "types overrides parsers for its own query alone",
    fault: "parsers are kept for the next query",
    also: [
      'results "all" returns the result of every statement of a text, in order, for its own query alone',
      "a value parser that throws fails only its own query, with its exception",
    ],
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        let types = {}
        const query: Ask = (sql, params, options) => {
          types = { ...types, ...options?.types }
          return connection.query(sql, params, { ...options, types })
        }
        return { query: query as typeof connection.query }
      }),
  },
  asking(
    'rowMode "array" keeps two columns of the same name, for its own query alone',
    "it makes the arrays of its row objects",
    async (inner, sql, params, options) => {
      const result = await inner(sql, params, { ...options, rowMode: undefined })
      return options?.rowMode === "array" ? { ...result, rows: result.rows.map((row) => Object.values(row)) as never } : result
    },
    ['results "all" returns the result of every statement of a text, in order, for its own query alone'],
  ),
  asking(
    'undefinedAs "null" writes undefined as NULL, for its own query alone',
    "it does not know the option",
    (inner, sql, params, options) => inner(sql, params, { ...options, undefinedAs: undefined }),
  ),
  {
    law: "a value parser that throws fails only its own query, with its exception",
    fault: "what a value parser throws ends the connection",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        query: async (sql, params, options) => {
          try {
            return await connection.query(sql, params, options)
          } catch (error) {
            if (!isPgsdError(error) && options?.types !== undefined) connection.destroy()
            throw error
          }
        },
      })),
  },
  {
    law: "every error has the label of its connection, also one of a call's arguments",
    fault: "the errors of arguments are those of the functions that check them",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        const query: Ask = (sql, params, options) =>
          connection.query(sql, params, options).catch((error: unknown) => {
            throw isPgsdError(error) && error.code === "PGSD_INVALID_PARAMETER" ? new PgsdError(error.code, error.message) : error
          })
        return { query: query as typeof connection.query }
      }),
  },
  {
    law: "an error leaves the connection as usable as before",
    fault: "a parameter that the server cannot read ends the connection",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        const query: Ask = async (sql, params, options) => {
          try {
            return await connection.query(sql, params, options)
          } catch (error) {
            if ((error as QueryError).sqlState === "22P02") connection.destroy()
            throw error
          }
        }
        return { query: query as typeof connection.query }
      }),
  },
  asking("an error leaves the connection as usable as before", "it takes every SQLSTATE 08 for a lost connection", (inner, ...call) =>
    inner(...call).catch((error: QueryError) => {
      throw error.sqlState?.startsWith("08") ? new DatabaseConnectionError("PGSD_CONNECTION_LOST", error.message, { cause: error }) : error
    }),
  ),
]
