export { PgsdDialect, type PgsdDialectOptions } from "./dialect.ts"
export { queryOptions, type StatementOptions } from "./query-options.ts"
