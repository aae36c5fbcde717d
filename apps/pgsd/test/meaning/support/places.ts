/** The kind of a definition of the corpus: how its text is turned into an object, and how the server prints that object as a fact of the catalog. */
export interface Place {
  readonly kind: Parameters<typeof import("../../../src/meaning/forms.ts").formOf>[0]
  readonly fact: string
  /** `on`: the object that the entry names, such as the column of a default. */
  readonly create: (text: string, on: string) => string
  readonly print: string
}

const relation = "SELECT oid FROM pg_class WHERE relname = 'x' AND relnamespace = 'app'::regnamespace"
const defaultOf = "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'app.person'::regclass AND adnum ="
const policy = "FROM pg_policy WHERE polname = 'x'"
const attributeX = "(SELECT attnum FROM pg_attribute WHERE attrelid = 'app.person'::regclass AND attname = 'x')"

/** Every object is called x. */
export const PLACES = {
  view: { kind: "view", fact: "definition", create: (text) => `CREATE VIEW app.x AS ${text}`, print: `pg_get_viewdef((${relation}))` },
  matview: {
    kind: "materialized_view",
    fact: "definition",
    create: (text) => `CREATE MATERIALIZED VIEW app.x AS ${text.replace(/;\s*$/, "")} WITH NO DATA`,
    print: `pg_get_viewdef((${relation}))`,
  },
  constraint: {
    kind: "constraint",
    fact: "definition",
    create: (text, on) => `ALTER TABLE app.${on} ADD CONSTRAINT x ${text}`,
    print: "(SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'x')",
  },
  domainCheck: {
    kind: "domain",
    fact: "constraint c",
    create: (text, on) => `CREATE DOMAIN app.x AS ${on}; ALTER DOMAIN app.x ADD CONSTRAINT c ${text}`,
    print: "(SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contypid = 'app.x'::regtype AND contype = 'c')",
  },
  columnDefault: {
    kind: "column",
    fact: "default",
    create: (text, on) => `ALTER TABLE app.person ALTER COLUMN ${on} SET DEFAULT ${text}`,
    print: "(SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'app.person'::regclass)",
  },
  domainDefault: {
    kind: "domain",
    fact: "default",
    create: (text, on) => `CREATE DOMAIN app.x AS ${on} DEFAULT ${text}`,
    print: "(SELECT pg_get_expr(typdefaultbin, 0) FROM pg_type WHERE oid = 'app.x'::regtype)",
  },
  generated: {
    kind: "column",
    fact: "generated",
    create: (text, on) => `ALTER TABLE app.person ADD COLUMN x ${on} GENERATED ALWAYS AS (${text}) STORED`,
    print: `(${defaultOf} ${attributeX})`,
  },
  index: { kind: "index", fact: "definition", create: (text) => text, print: `pg_get_indexdef((${relation}))` },
  using: {
    kind: "policy",
    fact: "using",
    create: (text) => `CREATE POLICY x ON app.person USING (${text})`,
    print: `(SELECT pg_get_expr(polqual, polrelid) ${policy})`,
  },
  withCheck: {
    kind: "policy",
    fact: "withCheck",
    create: (text) => `CREATE POLICY x ON app.person FOR INSERT WITH CHECK (${text})`,
    print: `(SELECT pg_get_expr(polwithcheck, polrelid) ${policy})`,
  },
  statistics: {
    kind: "statistics",
    fact: "definition",
    create: (text) => text,
    print: "(SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxname = 'x')",
  },
  trigger: {
    kind: "trigger",
    fact: "definition",
    create: (text) => text,
    print: "(SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'x')",
  },
  rule: {
    kind: "rule",
    fact: "definition",
    create: (text) => text,
    print: "(SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE rulename = 'x')",
  },
  bound: {
    kind: "table",
    fact: "bound",
    create: (text, on) => `CREATE TABLE app.x PARTITION OF app.${on} ${text}`,
    print: `(SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = (${relation}))`,
  },
  partitionKey: {
    kind: "table",
    fact: "partitionBy",
    create: (text) => `CREATE TABLE app.x (LIKE app.person) PARTITION BY ${text}`,
    print: `pg_get_partkeydef((${relation}))`,
  },
  routine: {
    kind: "function",
    fact: "definition",
    create: (text) => text,
    print: "(SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = 'x' AND pronamespace = 'app'::regnamespace)",
  },
} as const satisfies Record<string, Place>

export type PlaceName = keyof typeof PLACES
