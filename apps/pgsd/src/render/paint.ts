import { styleText } from "node:util"

/** Colours by meaning. */
export interface Paint {
  readonly heading: (text: string) => string
  readonly quiet: (text: string) => string
  readonly added: (text: string) => string
  readonly removed: (text: string) => string
  readonly changed: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
}

type Format = Parameters<typeof styleText>[0]

const FORMATS: Readonly<Record<keyof Paint, Format>> = {
  heading: "bold",
  quiet: "dim",
  added: "green",
  removed: "red",
  changed: "yellow",
  good: "green",
  bad: "red",
}

/** Coloured on a terminal with colours; Node itself respects NO_COLOR, NODE_DISABLE_COLORS and FORCE_COLOR. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  return styleText("red", "x", { stream }) === "x" ? plainPaint : coloredPaint
}

export const plainPaint: Paint = paint(() => (text) => text)
export const coloredPaint: Paint = paint((format) => (text) => styleText(format, text, { validateStream: false }))

function paint(apply: (format: Format) => (text: string) => string): Paint {
  return Object.fromEntries(Object.entries(FORMATS).map(([name, format]) => [name, apply(format)])) as unknown as Paint
}
