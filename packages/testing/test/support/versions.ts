import { availableVersions } from "@pgsd/testing/server"

/** The oldest and the newest that the workspace has; in the long run every major that is installed. */
export const versions = process.env.PGSD_TEST_FULL === "1" ? availableVersions() : [14, 18]
