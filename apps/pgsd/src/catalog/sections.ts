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
  /** For whoever watches: what of it takes the time. */
  readonly reading: string
  readonly sections: readonly Section[]
}

/** Everything that is read, several kinds to a round trip: the many small ones together, the large ones each with few beside it. */
export const BUNDLES: readonly Bundle[] = [
  {
    reading: "schemas and types",
    sections: [database, databaseSettings, defaultPrivileges, schemas, extensions, enums, domains, domainConstraints],
  },
  { reading: "types and sequences", sections: [compositeTypes, compositeAttributes, rangeTypes, baseTypes, sequences, identitySequences] },
  { reading: "tables", sections: [relations, statistics] },
  { reading: "columns", sections: [columns] },
  { reading: "constraints and indexes", sections: [constraints, indexes, keyIndexes] },
  { reading: "triggers and policies", sections: [triggers, rules, policies] },
  { reading: "functions and operators", sections: [routines, aggregates, operators, operatorClasses, operatorFamilies, casts, transforms] },
  {
    reading: "text search and replication",
    sections: [
      ...[collations, conversions, textSearchParsers, textSearchTemplates, textSearchDictionaries, textSearchConfigurations],
      ...[eventTriggers, publications, subscriptions, foreignDataWrappers, foreignServers, userMappings, languages, accessMethods],
    ],
  },
]
