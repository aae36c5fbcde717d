import { isPgsdError, toPgsdError } from "@pgsd/driver"

const error = toPgsdError(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }), { host: "db.test", phase: "tcp" })
console.log(isPgsdError(error), error.code, error.phase, error.retryable) // => true PGSD_CONNECTION_REFUSED tcp true
