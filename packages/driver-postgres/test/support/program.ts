import { postgresDriver } from "@pgsd/driver-postgres"

/** What programs of their own load. */
export const driver = postgresDriver()
