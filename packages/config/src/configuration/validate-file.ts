import { nearestName } from "@pgsd/driver"
import type { z } from "zod"
import { ConfigError, type ConfigIssue } from "../errors.ts"
import { dialectHint } from "../parameters/dialects.ts"
import type { ConfigurationInput } from "./input.ts"
import { configurationSchema } from "./schema.ts"

type ZodIssue = z.core.$ZodIssue

/**
 * Validates the contents of a configuration file.
 *
 * @throws ConfigError with every problem, each with its path and without its value
 */
export function validateConfiguration(value: unknown, file: string): ConfigurationInput {
  const result = configurationSchema("program").safeParse(value)
  if (result.success) return result.data
  const [first, ...rest] = result.error.issues.flatMap((issue) => issuesOf(issue, [], file, value))
  throw new ConfigError([first!, ...rest])
}

function issuesOf(issue: ZodIssue, parents: readonly PropertyKey[], file: string, root: unknown): ConfigIssue[] {
  const path = [...parents, ...issue.path]
  if (issue.code === "invalid_union" && issue.errors.length > 0)
    return closestBranch(issue.errors).flatMap((each) => issuesOf(each, path, file, root))
  const place = path.map(String).join(".")
  const source = `file "${file}"${place === "" ? "" : `, ${place}`}`
  if (issue.code !== "unrecognized_keys")
    return [
      { code: "PGSD_CONFIG_INVALID_VALUE", key: place, message: `${place === "" ? "configuration" : place}: ${issue.message}`, source },
    ]
  return issue.keys.map((key) => ({
    code: "PGSD_CONFIG_UNKNOWN_KEY",
    key: [...path, key].map(String).join("."),
    message: `unknown key "${key}"`,
    source,
    hint: hintFor(key, path),
  }))
}

// The alternative that was probably intended: the one that fails deepest, or the last if all fail on the type.
function closestBranch(branches: readonly (readonly ZodIssue[])[]): readonly ZodIssue[] {
  const depth = (issues: readonly ZodIssue[]) =>
    Math.max(...issues.map((issue) => (issue.code === "unrecognized_keys" ? 0.5 : 0) + issue.path.length))
  const [best] = [...branches].sort((a, b) => depth(b) - depth(a) || a.length - b.length)
  return best!
}

function hintFor(key: string, path: readonly PropertyKey[]): string | undefined {
  const known = keysAt(path)
  const meant = nearestName(key, known)
  if (meant !== undefined) return `did you mean "${meant}"?`
  return (
    (path.at(-1) === "connection" ? dialectHint(key) : undefined) ??
    (known.length > 0 && known.length <= 20 ? `one of ${known.join(", ")}` : undefined)
  )
}

/** The names that the schema defines at a path. */
function keysAt(path: readonly PropertyKey[]): string[] {
  let schema: unknown = configurationSchema("json")
  for (const step of path) {
    const shape = objectShape(schema)
    schema = shape === undefined ? recordValue(schema) : shape[String(step)]
    if (schema === undefined) return []
  }
  return Object.keys(objectShape(schema) ?? {})
}

interface Definition {
  readonly type: string
  readonly innerType?: unknown
  readonly options?: readonly unknown[]
  readonly shape?: Readonly<Record<string, unknown>>
  readonly valueType?: unknown
}

function definitionOf(schema: unknown): Definition {
  return (schema as { def: Definition }).def
}

function objectShape(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  const definition = definitionOf(schema)
  if (definition.type === "optional") return objectShape(definition.innerType)
  if (definition.type === "union") return definition.options!.map(objectShape).find((shape) => shape !== undefined)
  return definition.shape
}

function recordValue(schema: unknown): unknown {
  const definition = definitionOf(schema)
  return definition.type === "optional" ? recordValue(definition.innerType) : definition.valueType
}
