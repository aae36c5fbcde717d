import { isSecret } from "@pgsd/driver"
import { z } from "zod"
import { PARAMETERS } from "../parameters/table.ts"
import type { ConfigurationInput } from "./input.ts"

/** `json` omits what JSON cannot express: functions and Secret objects. */
export function configurationSchema(form: "json" | "program"): z.ZodType<ConfigurationInput> {
  const name = z.string().min(1)
  // An id creates a separate definition in the published JSON Schema.
  const pool = poolSchema(form).meta({ id: "pool" })
  const connection = parametersSchema().meta({ id: "parameters" })
  const database = z
    .union([
      name,
      z.strictObject({
        connection: z
          .union([name, connection])
          .optional()
          .describe('A connection string, libpq parameters by keyword, or "memory:" or a folder for an embedded database'),
        password: passwordSchema(form).optional().describe("The password, or its source. Overrides PGPASSWORD and the password file"),
        driver: name.optional().describe("The driver for this database only"),
        dataDirectory: name.optional().describe('A folder, or "memory:", for an embedded database'),
        pool: pool.optional(),
      }),
    ])
    .meta({ id: "database" })
  const profile = {
    driver: name.optional().describe('The driver: "pg", "postgres", "pglite" or "mock"'),
    connection: connection.optional().describe("libpq parameters for every database that does not set them itself"),
    pool: pool.optional().describe("Settings of every pool; times in milliseconds"),
    databases: z.record(z.string(), database).optional().describe("Databases by name: source, target and any other"),
  }
  return z.strictObject({
    $schema: z.string().optional(),
    profile: name.optional().describe('The profile when neither the program nor PGSD_PROFILE names one. Default: "development"'),
    ...profile,
    profiles: z.record(z.string(), z.strictObject(profile)).optional().describe("Settings that differ between environments"),
  }) as unknown as z.ZodType<ConfigurationInput>
}

function parametersSchema() {
  const shape = PARAMETERS.map(({ name, kind, meaning, values }) => {
    const text = values !== undefined && !name.startsWith("ssl_") ? z.enum(values as [string, ...string[]]) : z.string()
    const value = kind === "integer" || kind === "flag" || name === "port" ? z.union([text, z.int().nonnegative()]) : text
    return [name, value.optional().describe(meaning)] as const
  })
  return z.strictObject(Object.fromEntries(shape))
}

function poolSchema(form: "json" | "program") {
  const count = z.int().nonnegative()
  const duration = z.number().nonnegative()
  const endless =
    form === "json"
      ? z.union([duration, z.literal("Infinity")])
      : z.union([duration, z.literal(Number.POSITIVE_INFINITY), z.literal("Infinity")])
  return z.strictObject({
    min: count.optional().describe("Connections kept open: filled at the start, refilled after a loss. Default: the profile's, else 0"),
    max: count.min(1).optional().describe("Maximum number of connections. Default: the profile's, else 5"),
    acquireTimeoutMs: endless
      .optional()
      .describe("Timeout of acquire(), in ms, including queueing, validation and connecting. Default: 10000"),
    connectTimeoutMs: endless.optional().describe("Timeout of one connection attempt, in ms, including the handshake. Default: 5000"),
    queryTimeoutMs: endless.optional().describe("Cancels a query on the server after this time, in ms. Default: Infinity"),
    commitTimeoutMs: endless
      .optional()
      .describe("Timeout of the server's response to COMMIT, in ms. Default: 60000, or queryTimeoutMs if lower"),
    connectConcurrency: count.min(1).optional().describe("Maximum number of concurrent connection attempts. Default: 3"),
    validateAfterMs: endless.optional().describe("A connection idle for longer, in ms, is validated before it is lent. Default: 1000"),
    validateTimeoutMs: duration.optional().describe("Timeout of that validation, in ms. Default: 2000"),
    healthCheckIntervalMs: endless.optional().describe("Interval of the check of idle connections, in ms. Default: 30000"),
    idleTimeoutMs: endless
      .optional()
      .describe("Idle connections above min are closed after this time, in ms; 0 keeps none. Default: 60000"),
    maxLifetimeMs: endless.optional().describe("A connection is retired at this age, in ms, once it is not leased. Default: 1800000"),
    maxLifetimeJitter: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe("Each lifetime is shortened by a random fraction, up to this. Default: 0.1"),
    maxWaiting: endless.optional().describe("Maximum number of waiting callers; others are rejected immediately. Default: Infinity"),
    reset: z
      .enum(["transaction", "session", "none"])
      .optional()
      .describe(
        "What happens to a returned connection: an open transaction is rolled back, the session is reset as well, or nothing is sent. Default: transaction",
      ),
    resetTimeoutMs: duration.optional().describe("Timeout of the reset, in ms, and of a query still running at release. Default: 2000"),
    cancelTimeoutMs: duration
      .optional()
      .describe("How long an aborted query may take to end, in ms, before its connection is destroyed. Default: 2000"),
    closeTimeoutMs: duration.optional().describe("Timeout of closing the pool, in ms. Default: 5000"),
    leakThresholdMs: endless
      .optional()
      .describe("A connection held for longer, in ms, is reported with its borrower's stack. Default: the profile's, else Infinity"),
    unrefIdle: z.boolean().optional().describe("An idle connection does not keep the process alive. Default: true"),
    pipelineDepth: z
      .union([count.min(1), z.literal("auto")])
      .optional()
      .describe("Maximum number of query() calls that share a connection when all are busy. Default: 1"),
    settings: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .describe("Settings of each session, by name. Default: none"),
    pooler: z
      .enum(["session", "transaction"])
      .optional()
      .describe(
        "The kind of connection pooler in front of the server; with transaction, features that need a dedicated session are rejected. Default: unknown",
      ),
  })
}

function passwordSchema(form: "json" | "program") {
  const timeoutMs = z.number().positive().optional()
  const ttlMs = z.number().nonnegative().optional()
  const written = [
    z.string(),
    z.strictObject({ file: z.string().min(1) }).describe("The contents of a file"),
    z.strictObject({ env: z.string().min(1) }).describe("An environment variable"),
    z.strictObject({ command: z.tuple([z.string().min(1)], z.string()), timeoutMs, ttlMs }).describe("The output of a program"),
    z
      .strictObject({ keyring: z.strictObject({ service: z.string().min(1), account: z.string().min(1).optional() }), timeoutMs })
      .describe("The operating system's keystore"),
  ] as const
  if (form === "json") return z.union(written)
  const called = z.custom((value) => typeof value === "function" || isSecret(value), "expected a string, a Secret, a function or an object")
  const cached = z.strictObject({
    provider: z.custom((value) => typeof value === "function", "expected a function"),
    name: z.string().optional(),
    timeoutMs,
    ttlMs,
  })
  return z.union([...written, called, cached])
}
