import assert from "node:assert/strict"
import { formatConnectionString, parseConnectionString, resolveConnection } from "@pgsd/config"

const parameters = parseConnectionString("postgresql://app@db.example.com:6432/shop?sslmode=require")
assert.equal(parameters.host, "db.example.com")
assert.deepEqual(parseConnectionString(formatConnectionString(parameters)), parameters)
const connection = await resolveConnection({ connection: "host=localhost user=app dbname=shop sslmode=disable", env: {} })
assert.equal(connection.database, "shop")
