import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"

/** The process ids whose parent is `pid`. All processes of a PostgreSQL server are children of its first. */
export function childrenOf(pid: number): number[] {
  return parents()
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child)
}

function parents(): [pid: number, parent: number][] {
  if (process.platform !== "linux") {
    const text = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8", timeout: 5_000 })
    return text
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number])
  }
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8")
        return [[Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])] as [number, number]]
      } catch {
        return [] // It ended between the two reads.
      }
    })
}
