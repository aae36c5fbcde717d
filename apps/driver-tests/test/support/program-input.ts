import type { Target } from "@pgsd/driver"
import { DRIVERS } from "./drivers.ts"

const [name, json] = process.argv.slice(2)

/** What `runProgram` passes to a program: the one driver that it loads, and its target. */
export const driver = await DRIVERS.find((each) => each.name === name)!.load()
export const target: Target = JSON.parse(json!)
