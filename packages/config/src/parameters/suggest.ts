import { nearestName } from "@pgsd/driver"
import { PARAMETERS } from "./table.ts"

/** The libpq keyword that `name` probably means. */
export function suggestParameter(name: string): string | undefined {
  return nearestName(
    name,
    PARAMETERS.map((each) => each.name),
  )
}
