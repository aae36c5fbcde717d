import type { Connection } from "@pgsd/driver"
import type { Session } from "@pgsd/driver/calls"
import { sessionOf } from "@pgsd/driver/session"
import { CONTRACT_CALLS, SILENT_TABLE } from "../silence/calls.ts"
import { checkSessionSilences, checkSilences, type SilenceSubject } from "../silence/check-silences.ts"
import type { Bench } from "./bench.ts"
import type { LawFamily } from "./law.ts"

export const silenceLaws: LawFamily = {
  name: "silence",
  laws: [
    {
      name: "with a peer that becomes unresponsive at any step of a call, its signal ends it, and the connection closes",
      needs: ["cancel", "network"],
      check: (bench) =>
        checkSilences<Connection>({
          ...common(bench),
          calls: CONTRACT_CALLS,
          bounds: ["signal"],
          async open(target, watched) {
            const connection = watched(await bench.connect(target))
            await connection.query(SILENT_TABLE)
            return { subject: connection, end: () => connection.destroy() }
          },
        }),
    },
    {
      name: "with a peer that becomes unresponsive at any step of a session's call, its signal or timeout ends it, and the connection closes",
      needs: ["cancel", "network"],
      check: (bench) =>
        checkSessionSilences({
          ...common(bench),
          async open(target, watched): Promise<SilenceSubject<Session>> {
            const subject = sessionOf(watched(await bench.connect(target)))
            return { subject, end: () => subject.destroy() }
          },
        }),
    },
  ],
}

function common(bench: Bench) {
  return { target: bench.target()!, moments: bench.rounds("silences"), boundMs: bench.boundMs }
}
