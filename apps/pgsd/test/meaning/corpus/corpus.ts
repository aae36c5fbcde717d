import type { PlaceName } from "../support/places.ts"
import { NEWER_OTHERS, OTHERS } from "./others.ts"
import { NEWER_VIEWS, VIEWS } from "./views.ts"

export interface CorpusEntry {
  readonly place: PlaceName
  readonly on: string
  readonly text: string
  /** The oldest major that can load it. */
  readonly since: number
}

/** Definitions of every form that pgsd compares by meaning. */
export const CORPUS: readonly CorpusEntry[] = [
  ...entries("view", VIEWS, 12),
  ...entries("view", NEWER_VIEWS, 14),
  ...Object.entries(OTHERS).flatMap(([place, texts]) => entries(place as PlaceName, texts, 12)),
  ...Object.entries(NEWER_OTHERS).flatMap(([place, texts]) => entries(place as PlaceName, texts, 14)),
]

function entries(place: PlaceName, texts: NonNullable<(typeof OTHERS)[PlaceName]>, since: number): CorpusEntry[] {
  return texts.map((entry) =>
    typeof entry === "string" ? { place, on: "", text: entry, since } : { place, on: entry[0], text: entry[1], since },
  )
}

interface Change {
  readonly since: number
  readonly text: RegExp
}

/** Texts that older servers parse into another tree, so that they really differ. The print of the older one restores to itself. */
const CHANGED_MEANINGS: readonly Change[] = [
  // similar_escape(pattern, NULL) became similar_to_escape(pattern).
  { since: 13, text: /SIMILAR TO/ },
  // EXTRACT was date_part, which gives double precision; now it gives numeric.
  { since: 14, text: /EXTRACT/ },
  // The cast of a varchar to text is printed in a call, and not within TRIM(…): to call them equal would need the types of all columns.
  { since: 14, text: /trim\((LEADING FROM )?name\)/ },
]

/** False where the two majors parse the text into different trees. */
export function meansTheSame({ text }: CorpusEntry, one: number, other: number): boolean {
  return !CHANGED_MEANINGS.some((change) => change.text.test(text) && one < change.since !== other < change.since)
}
