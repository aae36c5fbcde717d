import { wireDriver } from "@pgsd/driver-wire"

/** The driver for child programs. */
export const driver = wireDriver()
