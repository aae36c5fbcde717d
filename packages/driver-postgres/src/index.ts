export { type PostgresDriverOptions, postgresDriver } from "./postgres-driver.ts"
