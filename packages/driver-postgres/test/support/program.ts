import { postgresDriver } from "@pgsd/driver-postgres"

/** The driver for child programs. */
export const driver = postgresDriver()
