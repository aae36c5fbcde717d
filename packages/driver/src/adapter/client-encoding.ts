import { place } from "../classify.ts"
import { type ConnectionPlace, DatabaseConnectionError, type DatabaseConnectionErrorOptions } from "../errors.ts"

/**
 * The error that ends a session whose client_encoding is no longer UTF8, because strings would be corrupted; undefined if it is UTF8.
 */
export function encodingChanged(
  value: string,
  where: ConnectionPlace & Pick<DatabaseConnectionErrorOptions, "phase">,
): DatabaseConnectionError | undefined {
  if (/^(?:utf-?8|unicode)$/i.test(value)) return undefined
  const hint = "leave client_encoding at UTF8: strings are Unicode here, and the server converts to the database's encoding"
  const shown = /^[\w-]{1,32}$/.test(value) ? value : "another encoding"
  const text = `${place(where)}: client_encoding was set to ${shown}, in which strings would be read and written wrongly (${hint})`
  return new DatabaseConnectionError("PGSD_ENCODING_CHANGED", text, { ...where, hint })
}
