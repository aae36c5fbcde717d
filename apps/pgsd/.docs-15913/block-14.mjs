import { isRetryable, parseValue, quoteIdentifier, quoteLiteral, secret, serializeParameter, toPgsdError } from "@pgsd/driver"

console.log(quoteIdentifier('my "table"'), quoteLiteral("it's")) // => "my ""table""" 'it''s'
console.log(serializeParameter(["a", null, 'say "hi"'])) // => {"a",NULL,"say \"hi\""}
console.log(parseValue(1007, "[0:1]={1,NULL}")) // => [ 1, null ]
console.log(`${secret("hunter2")}`) // => [secret]

const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })
const error = toPgsdError(refused, { host: "db.test", phase: "tcp" })
console.log(error.code, isRetryable(error)) // => PGSD_CONNECTION_REFUSED true
