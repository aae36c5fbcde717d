import { type DemoServers, startDemoServers } from "../../src/demo/servers.ts"
import { SOURCE_SHOP, TARGET_SHOP } from "./shop.ts"

/** Two servers of different majors with a small shop each, whose differences the tests count. */
export function startShopServers(): Promise<DemoServers> {
  return startDemoServers(undefined, { source: SOURCE_SHOP, target: TARGET_SHOP })
}
