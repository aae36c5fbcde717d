import { driver, target } from "../support/program-input.ts"

/** Prints what the server reports about a session: the settings of its startup packet, and its identity. */
const connection = await driver.connect(target)
const settings = await connection.query("SELECT name, setting FROM pg_settings WHERE source = 'client' ORDER BY name COLLATE \"C\"")
const session = await connection.query(
  "SELECT current_user AS user, current_database() AS database, application_name, backend_type, current_setting('work_mem') AS work_mem FROM pg_stat_activity WHERE pid = pg_backend_pid()",
)
const { rows } = await connection.query("SELECT $1::int4 AS parameter, '2001-02-03 04:05:06+00'::timestamptz AS instant", [42])
await connection.close()
process.stdout.write(
  JSON.stringify({ settings: settings.rows.map(({ name, setting }) => [name, setting]), session: session.rows[0], rows }),
)
