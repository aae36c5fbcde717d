import { sampleDriver } from "../src/sample-driver.ts"

/** What the suite's own programs load. */
export const driver = sampleDriver()
