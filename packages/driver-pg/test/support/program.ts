import { pgDriver } from "@pgsd/driver-pg"

/** What programs of their own load. */
export const driver = pgDriver()
