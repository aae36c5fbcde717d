import { readFileSync, writeFileSync } from "node:fs"
import { jsonSchema } from "./json-schema.ts"
import { withParameterTable } from "./parameter-table.ts"

/** pnpm --filter @pgsd/config generate: writes the generated copies from their single source. */
const readme = new URL("../README.md", import.meta.url)
writeFileSync(new URL("../schema/pgsd.config.schema.json", import.meta.url), jsonSchema())
writeFileSync(readme, withParameterTable(readFileSync(readme, "utf8")))
