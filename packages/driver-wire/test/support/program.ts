import { wireDriver } from "@pgsd/driver-wire"

/** What programs of their own load. */
export const driver = wireDriver()
