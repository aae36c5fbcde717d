export type { WireNative } from "./wire-client.ts"
export { type WireDriverOptions, wireDriver } from "./wire-driver.ts"
