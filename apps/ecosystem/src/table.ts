import { cpus } from "node:os"
import { type Fault, KINDS, type Kind, type Outcome } from "./scene.ts"

/** The page that docs/ecosystem.md is. */
export function table(
  versions: Readonly<Record<string, string>>,
  outcomes: ReadonlyMap<string, Outcome>,
  { pg }: { readonly pg: string },
): string {
  const of = (client: string, kind: Kind, fault: Fault) => outcomes.get(`${client} ${kind} ${fault}`)!
  const rows = Object.entries(versions).map(([client, version]) => {
    const ours = of(client, "pgsd", "terminate")
    const cells = (fault: Fault) => KINDS.map((kind) => callsOf(of(client, kind, fault)))
    return `| ${[version, stepsOf(ours), ...cells("terminate"), ...cells("restart")].join(" | ")} |`
  })
  return `# What people already use, over @pgsd/pg-compat

<!-- made by apps/ecosystem/src/main.ts -->

Each client runs its steps (schema, insert and returning, nested transactions or savepoints, streams, prepared statements, jobs, sessions, error codes), then eight workers call it without a
pause while every session is terminated after half a second, or while the server is stopped for one second; and once more every session is terminated while all are idle. A call that was in flight
fails over any pool. "dies" is an error event without a listener, or an unhandled rejection, which ends the process.

Run on ${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} cores that were shared with other work, pg ${pg}. Failed calls over pg.Pool, over
pg.Pool with listeners on the pool and on every client, and over this project's Pool without any.

| client | steps over pg-compat | terminated: pg.Pool | with listeners | pg-compat | server down 1 s: pg.Pool | with listeners | pg-compat |
|---|---|---|---|---|---|---|---|
${rows.join("\n")}

graphile-worker rejects a promise of its own that has no handler when its sessions end, over any pool: that is what its process dies of.
`
}

function stepsOf({ passed, failed }: Outcome): string {
  return `${passed.length} of ${passed.length + failed.length}`
}

function callsOf({ calls, crash }: Outcome): string {
  if (crash?.startsWith("no outcome")) return "hangs"
  if (crash !== undefined) return crash.startsWith("unhandled") ? "dies (unhandled rejection)" : "**dies**"
  return calls === undefined ? "no load" : `${calls.failed}${calls.okAfterwards === 0 ? ", and none succeeds afterwards" : ""}`
}
