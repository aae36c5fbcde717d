import { socketDriver } from "@pgsd/driver/socket"
import { plainAdapter } from "../plain-adapter.ts"

export const driver = socketDriver(plainAdapter)
