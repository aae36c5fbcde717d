import { cpus } from "node:os"
import { type Fault, KINDS, type Kind, type Outcome } from "./scene.ts"

/** A table of docs/ecosystem.md, with what it was run on. */
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
  return `Run on ${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} cores shared with other work, pg ${pg}.

| client | steps over pg-compat | terminated: pg.Pool | with listeners | pg-compat | server down 1 s: pg.Pool | with listeners | pg-compat |
|---|---|---|---|---|---|---|---|
${rows.join("\n")}`
}

function stepsOf({ passed, failed }: Outcome): string {
  return `${passed.length} of ${passed.length + failed.length}`
}

function callsOf({ calls, crash }: Outcome): string {
  if (crash?.startsWith("no outcome")) return "hangs"
  if (crash !== undefined) return crash.startsWith("unhandled") ? "dies (unhandled rejection)" : "**dies**"
  return calls === undefined ? "no load" : `${calls.failed}${calls.okAfterwards === 0 ? ", and none succeeds afterwards" : ""}`
}
