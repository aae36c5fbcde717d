import { pgDriver } from "@pgsd/driver-pg"

/** The driver for child programs. */
export const driver = pgDriver()
