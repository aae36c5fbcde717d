import type { Fact } from "../../model/catalog.ts"
import { some, yes } from "../attached.ts"
import type { Section } from "../section.ts"
import { classOf, commentOf, listOf, notOfExtension, ownerOf, regName } from "../sql.ts"
import { ENABLED } from "./triggers.ts"

interface EventTriggerRow {
  readonly name: string
  readonly event: string
  readonly function: string
  readonly tags: readonly string[] | null
  readonly enabled: string
}

export const eventTriggers: Section<EventTriggerRow> = {
  name: "event triggers",
  of: "database",
  sql: () => `SELECT e.evtname::pg_catalog.text AS name, e.evtevent::pg_catalog.text AS event, ${regName("regproc", "e.evtfoid")} AS function,
      ${listOf("t.tag", "pg_catalog.unnest(e.evttags) AS t (tag)")} AS tags, e.evtenabled::pg_catalog.text AS enabled,
      ${ownerOf("e.evtowner")}, ${commentOf("pg_event_trigger", "e.oid")}
    FROM pg_catalog.pg_event_trigger AS e WHERE ${notOfExtension("pg_event_trigger", "e.oid")}`,
  toObject: ({ name, event, function: calls, tags, enabled }) => ({
    kind: "event_trigger",
    schema: null,
    name,
    facts: { event, function: calls, tags: some(tags), enabled: ENABLED[enabled] ?? enabled },
  }),
}

interface PublicationRow {
  readonly name: string
  readonly all: boolean
  readonly publishes: readonly string[]
  readonly via_root: boolean | null
  readonly generated: string | null
  readonly tables: readonly { readonly name: string; readonly columns: readonly string[] | null; readonly filter: string | null }[] | null
  readonly schemas: readonly string[] | null
}

const OPERATIONS = ["insert", "update", "delete", "truncate"]

export const publications: Section<PublicationRow> = {
  name: "publications",
  of: "database",
  sql: ({ triggerParents: from13, publicationFilters, notNullConstraints: from18 }) => {
    const filters = publicationFilters
      ? `'columns', CASE WHEN r.prattrs IS NOT NULL THEN ${listOf(
          "pg_catalog.quote_ident(a.attname)",
          "pg_catalog.pg_attribute AS a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::pg_catalog.int2[])",
        )} END, 'filter', pg_catalog.pg_get_expr(r.prqual, r.prrelid)`
      : "'columns', NULL, 'filter', NULL"
    const publishes = OPERATIONS.map((each) => `CASE WHEN p.pub${each} THEN '${each}' END`).join(", ")
    return `SELECT p.pubname::pg_catalog.text AS name, p.puballtables AS all, pg_catalog.array_remove(ARRAY[${publishes}], NULL) AS publishes,
      ${from13 ? "p.pubviaroot" : "NULL::pg_catalog.bool"} AS via_root, ${from18 ? "NULLIF(p.pubgencols::pg_catalog.text, 'n')" : "NULL"} AS generated,
      (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', pg_catalog.format('%I.%I', n.nspname, c.relname), ${filters}) ORDER BY n.nspname, c.relname)
        FROM pg_catalog.pg_publication_rel AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.prrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE r.prpubid = p.oid) AS tables,
      ${publicationFilters ? listOf("pg_catalog.quote_ident(n.nspname)", "pg_catalog.pg_publication_namespace AS r JOIN pg_catalog.pg_namespace AS n ON n.oid = r.pnnspid WHERE r.pnpubid = p.oid") : "NULL::pg_catalog.text[]"} AS schemas,
      ${ownerOf("p.pubowner")}, ${commentOf("pg_publication", "p.oid")}
    FROM pg_catalog.pg_publication AS p WHERE ${notOfExtension("pg_publication", "p.oid")}`
  },
  toObject: ({ name, all, publishes, via_root, generated, tables, schemas }) => {
    const members = (tables ?? []).flatMap((table): [string, Fact][] => [
      [`table ${table.name}`, table.columns ?? "all columns"],
      ...(table.filter === null ? [] : [[`filter of ${table.name}`, table.filter] as [string, Fact]]),
    ])
    return {
      kind: "publication",
      schema: null,
      name,
      facts: {
        allTables: yes(all),
        publishes,
        viaRoot: yes(via_root),
        generatedColumns: generated === "s" ? "stored" : generated,
        schemas: some(schemas),
        ...Object.fromEntries(members),
      },
    }
  },
}

/** On 12 and 13 no role may read of which subscription they are. */
export const SUBSCRIPTION_COMMENTS = `SELECT 1 FROM pg_catalog.pg_description AS d WHERE d.classoid = ${classOf("pg_subscription")}`

interface SubscriptionRow {
  readonly hidden_comment: boolean
  readonly name: string
  readonly publications: readonly string[]
  readonly facts: Readonly<Record<string, string | null>>
}

/**
 * Only what every role may read: never the connection string, and on 12 and 13 neither the oid nor subsynccommit. Later state (skipped LSN, two-phase commit) is not part
 * of the definition.
 */
export const subscriptions: Section<SubscriptionRow> = {
  name: "subscriptions",
  of: "database",
  sql: ({ multiranges: from14, nullsNotDistinct: from15, membershipOptions: from16, maintain: from17 }) => {
    // A boolean before `parallel` was added.
    const streaming = from16 ? "NULLIF(s.substream::pg_catalog.text, 'f')" : "CASE WHEN s.substream THEN 't' END"
    const facts = [
      "'enabled', CASE WHEN s.subenabled THEN 'yes' ELSE 'no' END, 'slot', s.subslotname",
      ...(from14
        ? [`'synchronousCommit', s.subsynccommit, 'binary', CASE WHEN s.subbinary THEN 'yes' END, 'streaming', ${streaming}`]
        : []),
      ...(from15
        ? ["'twoPhase', CASE WHEN s.subtwophasestate <> 'd' THEN 'yes' END, 'disableOnError', CASE WHEN s.subdisableonerr THEN 'yes' END"]
        : []),
      ...(from16
        ? [
            "'passwordRequired', CASE WHEN NOT s.subpasswordrequired THEN 'no' END, 'runAsOwner', CASE WHEN s.subrunasowner THEN 'yes' END, 'origin', NULLIF(s.suborigin, 'any')",
          ]
        : []),
      ...(from17 ? ["'failover', CASE WHEN s.subfailover THEN 'yes' END"] : []),
    ]
    return `SELECT s.subname::pg_catalog.text AS name, ${listOf("t.publication", "pg_catalog.unnest(s.subpublications) AS t (publication)")} AS publications,
      pg_catalog.json_build_object(${facts.join(", ")}) AS facts, ${ownerOf("s.subowner")},
      ${from14 ? `${commentOf("pg_subscription", "s.oid")}, false AS hidden_comment` : `EXISTS (${SUBSCRIPTION_COMMENTS}) AS hidden_comment`}
    FROM pg_catalog.pg_subscription AS s JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid WHERE d.datname = pg_catalog.current_database()`
  },
  toObject: ({ name, publications, facts, hidden_comment }) => ({
    kind: "subscription",
    schema: null,
    name,
    ...(hidden_comment && { unreadable: ["comment"] }),
    facts: {
      publications,
      ...facts,
      streaming: facts.streaming === "t" ? "yes" : facts.streaming === "p" ? "parallel" : (facts.streaming ?? null),
    },
  }),
}
