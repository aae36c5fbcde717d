/** The schema of the corpus's definitions; loads on every major from 12 on. */
export const CORPUS_SCHEMA = `
CREATE SCHEMA app; CREATE SCHEMA other;
CREATE TYPE app.mood AS ENUM ('low', 'fair', 'high');
CREATE TYPE app.address AS (street text, city varchar(30), zip char(5));
CREATE DOMAIN app.email AS varchar(80) CHECK (VALUE LIKE '%@%');
CREATE DOMAIN app.amount AS integer CHECK (VALUE >= 0);
CREATE SEQUENCE app.numbers;
CREATE TABLE app.person (
  id integer PRIMARY KEY, name varchar(40) NOT NULL, kind varchar, code char(3), note text, born date, seen timestamptz, met timestamp, height numeric(5,2),
  weight double precision, tags text[], labels varchar[], home app.address, mood app.mood, doc jsonb, active boolean, parent integer, email app.email,
  span int4range, spent interval, nick name, flags bit(4), big bigint, small smallint, uid uuid, ip inet, raw bytea, clock time, seen_by varchar(20));
CREATE TABLE app.orders (
  id bigint PRIMARY KEY, person integer, kind varchar, state text, total numeric(10,2), placed timestamptz, paid timestamptz, doc jsonb, ship varchar(20), note text);
CREATE TABLE app.line (orders bigint, pos integer, sku varchar(12), qty integer, price numeric(8,2), note text, PRIMARY KEY (orders, pos));
CREATE TABLE app.log (id integer, what text, who name, at timestamptz, person integer);
CREATE TABLE other.person (id integer, name text, kind text, note text);
CREATE TABLE app.by_state (state text, n integer) PARTITION BY LIST (state);
CREATE TABLE app.by_kind (kind varchar(8), n integer) PARTITION BY LIST (kind);
CREATE TABLE app.by_flag (flag boolean, n integer) PARTITION BY LIST (flag);
CREATE TABLE app.by_no (no integer, n text) PARTITION BY RANGE (no);
CREATE TABLE app.by_day (day timestamptz, n integer) PARTITION BY RANGE (day);
CREATE TABLE app.by_two (a integer, b text) PARTITION BY RANGE (a, b);
CREATE TABLE app.by_hash (a integer, b text) PARTITION BY HASH (a);
CREATE FUNCTION app.next_no() RETURNS integer LANGUAGE sql AS 'SELECT nextval(''app.numbers'')::integer';
CREATE FUNCTION other.next_no() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.lower(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION app.timezone(text, date) RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT now()';
CREATE FUNCTION app.pad(value text, width integer DEFAULT 10, fill text DEFAULT ' ') RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lpad($1, $2, $3)';
CREATE FUNCTION app.joined(VARIADIC parts text[]) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT array_to_string($1, '','')';
CREATE FUNCTION app.pairs(n integer) RETURNS TABLE (a integer, b text) LANGUAGE sql AS 'SELECT 1, ''x''::text';
CREATE FUNCTION app.touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION app.alike(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT lower($1) = lower($2)';
CREATE OPERATOR app.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = app.alike);
CREATE AGGREGATE app.product(integer) (SFUNC = int4mul, STYPE = integer, INITCOND = '1');
CREATE VIEW app.log_view AS SELECT id, what FROM app.log;
`
