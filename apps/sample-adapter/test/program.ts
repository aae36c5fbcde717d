import { sampleDriver } from "../src/sample-driver.ts"

/** The driver for the suite's child programs. */
export const driver = sampleDriver()
