export { type InstrumentOptions, instrumentPools } from "./instrument-pools.ts"
