import { Pool } from "@pgsd/pg-compat"
import type { Client, ClientOptions } from "./client.ts"
import { pgConfig } from "./pg-config.ts"
import { clientOf } from "./pg-pool-client.ts"

export function compatClient(options: ClientOptions, strict = false): Client {
  return clientOf(new Pool({ ...pgConfig(options), max: options.max, strict }), options)
}
