import type { LookupFunction } from "node:net"

/** Every name of the matrix is this machine; no real resolver is used. */
export const lookup: LookupFunction = (name, options, callback) => {
  const known = name.replace(/\.$/, "").endsWith(".test") || name === "localhost"
  const error = Object.assign(new Error(`no such name: ${name}`), { code: "ENOTFOUND" })
  if (!known) callback(error, [])
  else if (options.all) callback(null, [{ address: "127.0.0.1", family: 4 }])
  else callback(null, "127.0.0.1", 4)
}
