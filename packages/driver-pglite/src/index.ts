export { type PGliteDriver, type PGliteDriverOptions, pgliteDriver } from "./pglite-driver.ts"
