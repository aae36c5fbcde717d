import type { PostgresServer } from "@pgsd/testing/server"

/** Tables created in one transaction, as many as the lock table of a server with default settings holds. */
const BATCH = 100

/** Tables with ten columns, a key, a check and two more indexes each; for every fourth, a view and a function. */
export async function makeLargeDatabase(server: PostgresServer, tables: number, database?: string): Promise<void> {
  for (let from = 1; from <= tables; from += BATCH) {
    const to = Math.min(tables, from + BATCH - 1)
    await server.sql(
      `DO $$ BEGIN FOR i IN ${from}..${to} LOOP
        EXECUTE format('CREATE TABLE t%s (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text NOT NULL DEFAULT ''x'', b int CHECK (b > 0),
          c numeric(8,2), d timestamptz DEFAULT now(), e text, f int, g int, h jsonb, j bool)', i);
        EXECUTE format('CREATE INDEX ON t%s (b)', i);
        EXECUTE format('CREATE INDEX ON t%s (a, lower(e))', i);
        IF i % 4 = 0 THEN
          EXECUTE format('CREATE VIEW v%s AS SELECT id, a, b + 1 AS more FROM t%s WHERE c > 1', i, i);
          EXECUTE format('CREATE FUNCTION f%s(x int) RETURNS int LANGUAGE sql AS ''SELECT x + 1''', i);
        END IF;
      END LOOP; END $$`,
      { database, timeoutMs: 120_000 },
    )
  }
}
