export { type PoolWatch, type WatchOptions, watchPools } from "./watch-pools.ts"
