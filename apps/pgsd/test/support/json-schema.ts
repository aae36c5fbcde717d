import { readFileSync } from "node:fs"
import { Ajv2020 } from "ajv/dist/2020.js"

/** The published schema. */
export function publishedSchema(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), "utf8"))
}

/**
 * Violations of a published schema. Readers must ignore unknown fields; here, a field that the schema does not name is a violation,
 * so that none is written that is not published.
 */
export function violationsOf(name: string): (document: unknown) => readonly string[] {
  const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, strictTypes: false, strictRequired: false }).compile(
    closed(publishedSchema(name)) as Record<string, unknown>,
  )
  return (document) =>
    validate(document)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
}

/** Every object that lists its properties, with no others allowed; a condition lists only what it tests. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== "object" || schema === null) return schema
  const fields = Object.entries(schema).map(([key, value]) => [key, ["if", "then", "else"].includes(key) ? value : closed(value)] as const)
  const open = Object.fromEntries(fields)
  return open.type === "object" && open.properties !== undefined ? { additionalProperties: false, ...open } : open
}
