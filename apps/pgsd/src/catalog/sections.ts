import { aggregates } from "./kinds/aggregates.ts"
import { columns } from "./kinds/columns.ts"
import { constraints } from "./kinds/constraints.ts"
import { database, databaseSettings, defaultPrivileges } from "./kinds/database.ts"
import { extensions } from "./kinds/extensions.ts"
import { accessMethods, foreignDataWrappers, foreignServers, languages, userMappings } from "./kinds/foreign.ts"
import { indexes, keyIndexes } from "./kinds/indexes.ts"
import { casts, operatorClasses, operatorFamilies, operators, transforms } from "./kinds/operators.ts"
import { policies } from "./kinds/policies.ts"
import { relations } from "./kinds/relations.ts"
import { eventTriggers, publications, subscriptions } from "./kinds/replication.ts"
import { routines } from "./kinds/routines.ts"
import { schemas } from "./kinds/schemas.ts"
import { identitySequences, sequences } from "./kinds/sequences.ts"
import { statistics } from "./kinds/statistics.ts"
import {
  collations,
  conversions,
  textSearchConfigurations,
  textSearchDictionaries,
  textSearchParsers,
  textSearchTemplates,
} from "./kinds/text.ts"
import { rules, triggers } from "./kinds/triggers.ts"
import { baseTypes, compositeAttributes, compositeTypes, domainConstraints, domains, enums, rangeTypes } from "./kinds/types.ts"
import type { Section } from "./section.ts"

interface Bundle {
  /** Shown as progress. */
  readonly reading: string
  readonly sections: readonly Section[]
  /** Parts of relations: read for a limited number of relations at a time, so that no result is large. */
  readonly paged?: true
}

/** Everything that is read, with several kinds per round trip. */
export const BUNDLES: readonly Bundle[] = [
  {
    reading: "schemas and types",
    sections: [database, databaseSettings, defaultPrivileges, schemas, extensions, enums, domains, domainConstraints],
  },
  {
    reading: "types, sequences and statistics",
    sections: [compositeTypes, compositeAttributes, rangeTypes, baseTypes, sequences, identitySequences, statistics],
  },
  { reading: "functions and operators", sections: [routines, aggregates, operators, operatorClasses, operatorFamilies, casts, transforms] },
  {
    reading: "text search and replication",
    sections: [
      ...[collations, conversions, textSearchParsers, textSearchTemplates, textSearchDictionaries, textSearchConfigurations],
      ...[eventTriggers, publications, subscriptions, foreignDataWrappers, foreignServers, userMappings, languages, accessMethods],
    ],
  },
  {
    reading: "tables",
    paged: true,
    sections: [relations, columns, constraints, indexes, keyIndexes, triggers, rules, policies],
  },
]

/** Relations whose columns, constraints and indexes are read at once. */
const PAGE = 500

/** The pages in which a bundle is read. */
export function pagesOf({ paged }: Bundle, relations: readonly string[]): readonly (readonly string[] | undefined)[] {
  if (paged === undefined) return [undefined]
  return Array.from({ length: Math.ceil(relations.length / PAGE) }, (_, page) => relations.slice(page * PAGE, (page + 1) * PAGE))
}
