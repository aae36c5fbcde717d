export type { ConnectionTraffic, FaultProxy, HalfOpenSide, Upstream } from "./fault-proxy.ts"
export { faultProxy } from "./start-fault-proxy.ts"
export { type UnansweredHost, type UnansweredHostOptions, unansweredHost } from "./unanswered-host.ts"
