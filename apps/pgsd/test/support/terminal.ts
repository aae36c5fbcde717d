import type { Terminal } from "../../src/cli/terminal.ts"
import { plainPaint } from "../../src/render/paint.ts"

/** A terminal that records what was written to it. */
interface RecordingTerminal extends Terminal {
  readonly stdout: () => string
  readonly stderr: () => string
}

export function recordingTerminal(signal: AbortSignal = new AbortController().signal): RecordingTerminal {
  const [out, err] = [recorder(), recorder()]
  return { out: out.output, err: err.output, signal, stdout: out.text, stderr: err.text }
}

function recorder() {
  const written: string[] = []
  const output = { write: (text: string) => void written.push(text), paint: plainPaint, width: 100, interactive: false }
  return { output, text: () => written.join("") }
}
