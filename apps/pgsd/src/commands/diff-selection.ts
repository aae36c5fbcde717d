import type { DiffCommandOptions } from "../cli/options.ts"
import type { ObjectKind } from "../model/catalog.ts"
import type { Selection } from "../model/selection.ts"

/** pg_dump's switches exclude kinds. */
export function selectionOf({ only, except = [], owner, privileges, comments, extensionVersions }: DiffCommandOptions): Selection {
  const left: ObjectKind[] = [
    ...except,
    ...(owner === false ? (["owner"] as const) : []),
    ...(privileges === false ? (["grant", "default_privilege"] as const) : []),
    ...(comments === false ? (["comment"] as const) : []),
  ]
  return { only, except: left, extensionVersions: extensionVersions !== false }
}
