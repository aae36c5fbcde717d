import { type TypesOfRelation, typesIn } from "../meaning/column-types.ts"
import type { Catalog } from "../model/catalog.ts"
import { type DefaultGrants, defaultGrantsIn } from "./default-privileges.ts"
import { type Relatives, relativesIn } from "./relatives.ts"

/** What a statement depends on besides its object. */
export interface Context {
  /** Of the server that runs the statements. */
  readonly major: number
  readonly targetMajor: number
  /** On each side: the columns of relations, in order, and what hangs on an object. */
  readonly columnsOf: Readonly<Record<"source" | "target", TypesOfRelation>>
  readonly relatives: Readonly<Record<"source" | "target", Relatives>>
  readonly extensionMembers: Readonly<Record<"source" | "target", Catalog["extensionMembers"]>>
  readonly defaultGrants: DefaultGrants
}

export function contextOf(source: Catalog, target: Catalog): Context {
  return {
    major: source.serverMajor,
    targetMajor: target.serverMajor,
    columnsOf: { source: typesIn(source.objects), target: typesIn(target.objects) },
    relatives: { source: relativesIn(source), target: relativesIn(target) },
    extensionMembers: { source: source.extensionMembers, target: target.extensionMembers },
    defaultGrants: defaultGrantsIn(source),
  }
}
