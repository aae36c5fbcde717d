import assert from "node:assert/strict"
import { quoteIdentifier, quoteLiteral, secret, toPgsdError } from "@pgsd/driver"

assert.equal(quoteIdentifier('a"b'), '"a""b"')
assert.equal(quoteLiteral("it's"), "'it''s'")
assert.equal(`${secret("hidden")}`, "[secret]")
assert.equal(toPgsdError(Object.assign(new Error("no"), { code: "ECONNREFUSED" })).code, "PGSD_CONNECTION_REFUSED")
