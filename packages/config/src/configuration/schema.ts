import { isSecret } from "@pgsd/driver"
import { z } from "zod"
import { PARAMETERS } from "../parameters/table.ts"
import type { ConfigurationInput } from "./input.ts"

/** `json` leaves out what JSON cannot express: functions and Secret objects. */
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
        password: passwordSchema(form).optional().describe("The password, or where it is. Beats PGPASSWORD and the password file"),
        driver: name.optional().describe("The driver of this database alone"),
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
    profiles: z.record(z.string(), z.strictObject(profile)).optional().describe("What differs per environment"),
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
    max: count.min(1).optional().describe("Connections at most. Default: the profile's, else 5"),
    acquireTimeoutMs: endless.optional().describe("How long acquire() may wait, in ms: queue, check and connect together. Default: 10000"),
    connectTimeoutMs: endless.optional().describe("One attempt to connect, in ms, handshake included. Default: 5000"),
    queryTimeoutMs: endless.optional().describe("Stops a query on the server after so many ms. Default: Infinity"),
    commitTimeoutMs: endless
      .optional()
      .describe("How long the server may take to answer COMMIT, in ms. Default: 60000, or queryTimeoutMs when that is less"),
    connectConcurrency: count.min(1).optional().describe("Attempts to connect under way at the same time. Default: 3"),
    validateAfterMs: endless.optional().describe("A connection idle for longer, in ms, is asked before it is handed over. Default: 1000"),
    validateTimeoutMs: duration.optional().describe("How long it may take to answer, in ms. Default: 2000"),
    healthCheckIntervalMs: endless.optional().describe("The periodic check of idle connections, in ms. Default: 30000"),
    idleTimeoutMs: endless.optional().describe("Idle connections over min are closed after so many ms; 0 keeps none. Default: 60000"),
    maxLifetimeMs: endless.optional().describe("A connection is retired at this age, in ms, when it is not leased. Default: 1800000"),
    maxLifetimeJitter: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe("Each lifetime is shortened by a random part of it, up to this. Default: 0.1"),
    maxWaiting: endless.optional().describe("Callers in the queue; one more is refused at once. Default: Infinity"),
    reset: z
      .enum(["transaction", "session", "none"])
      .optional()
      .describe(
        "What happens to a returned connection: an open transaction is rolled back, the session is reset as well, or nothing is sent. Default: transaction",
      ),
    resetTimeoutMs: duration.optional().describe("For the reset, in ms, and for a query that its holder left running. Default: 2000"),
    cancelTimeoutMs: duration
      .optional()
      .describe("How long an aborted query may take to end, in ms, before its connection is destroyed. Default: 2000"),
    closeTimeoutMs: duration.optional().describe("For closing the pool, in ms. Default: 5000"),
    leakThresholdMs: endless
      .optional()
      .describe("A connection held for longer, in ms, is published with its borrower's stack. Default: the profile's, else Infinity"),
    unrefIdle: z.boolean().optional().describe("An idle connection does not keep the process alive. Default: true"),
    pipelineDepth: z
      .union([count.min(1), z.literal("auto")])
      .optional()
      .describe("How many query() calls may share a connection when all are busy. Default: 1"),
    settings: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .describe("What each session is set to, by the name of the setting. Default: nothing"),
    pooler: z
      .enum(["session", "transaction"])
      .optional()
      .describe(
        "A connection pooler stands in front of the server; in transaction mode what needs a session of one's own is refused. Default: unknown",
      ),
  })
}

function passwordSchema(form: "json" | "program") {
  const timeoutMs = z.number().positive().optional()
  const ttlMs = z.number().nonnegative().optional()
  const written = [
    z.string(),
    z.strictObject({ file: z.string().min(1) }).describe("The content of a file"),
    z.strictObject({ env: z.string().min(1) }).describe("A variable of the environment"),
    z.strictObject({ command: z.tuple([z.string().min(1)], z.string()), timeoutMs, ttlMs }).describe("What a program prints"),
    z
      .strictObject({ keyring: z.strictObject({ service: z.string().min(1), account: z.string().min(1).optional() }), timeoutMs })
      .describe("The keystore of the operating system"),
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
