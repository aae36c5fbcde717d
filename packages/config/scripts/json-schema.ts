import { z } from "zod"
import { configurationSchema } from "../src/configuration/schema.ts"

/** The published JSON Schema of `pgsd.config.json`. */
export function jsonSchema(): string {
  const schema = z.toJSONSchema(configurationSchema("json"), { target: "draft-7" })
  const { $schema, ...rest } = schema
  const titled = {
    $schema,
    $comment: "Generated from src/configuration/schema.ts: pnpm --filter @pgsd/config generate",
    title: "pgsd.config",
    ...rest,
  }
  return `${JSON.stringify(titled, undefined, 2)}\n`
}
