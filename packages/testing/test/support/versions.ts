import { availableVersions } from "@pgsd/testing/server"

/** The oldest and newest in the workspace; in the full run every installed major. */
export const versions = process.env.PGSD_TEST_FULL === "1" ? availableVersions() : [14, 18]
