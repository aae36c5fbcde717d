import type { CommonOptions } from "../cli/options.ts"
import { ProgramError } from "../errors.ts"

const FILE = "file:"

/** The path in `file:shop.json`; `undefined` for a server. */
export function snapshotFileOf(side: string | undefined): string | undefined {
  return side?.startsWith(FILE) === true ? side.slice(FILE.length) : undefined
}

/** The options without sides that are snapshots, which have no connection to configure. */
export function withoutSnapshots<Options extends CommonOptions>(options: Options): Options {
  const { source, target, ...rest } = options
  const live = (side: string | undefined) => (snapshotFileOf(side) === undefined ? side : undefined)
  return { ...rest, source: live(source), target: live(target) } as Options
}

/** @throws ProgramError PGSD_SNAPSHOT_NO_SERVER */
export function refuseSnapshots({ source, target }: CommonOptions): void {
  const [name, side] =
    [["source", source] as const, ["target", target] as const].find(([, side]) => snapshotFileOf(side) !== undefined) ?? []
  if (name !== undefined)
    throw new ProgramError("PGSD_SNAPSHOT_NO_SERVER", `--${name} ${side} is a snapshot, and this command needs a server`, {
      hint: "snapshots are for pgsd diff",
    })
}
