import { writeFileSync } from "node:fs"
import { jsonSchema } from "./json-schema.ts"

writeFileSync(new URL("../schema/pgsd.config.schema.json", import.meta.url), jsonSchema())
