import { execFileSync } from "node:child_process"

interface Account {
  readonly uid: number
  readonly gid: number
}

/** The account of servers if this process is root, which PostgreSQL refuses: `nobody`, which always exists and owns nothing. */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  if (process.platform === "linux") return { uid: 65534, gid: 65534 }
  const id = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8", timeout: 5_000 }))
  return { uid: id("-u"), gid: id("-g") }
}
