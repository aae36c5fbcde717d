import type { Change } from "../../model/difference.ts"
import type { Part } from "../text-changes.ts"

/** The content of the page: plain data, with control characters escaped. page/report.js reads it. */
export interface PageData {
  readonly marks: Readonly<Record<Change, string>>
  readonly summary: string
  readonly equal: boolean
  readonly servers: readonly ServerData[]
  readonly counts: readonly KindCounts[]
  readonly schemas: readonly SchemaData[]
  readonly notCompared: readonly (readonly [kind: string, source: number, target: number])[]
  readonly environment: readonly (readonly [name: string, source: string, target: string])[]
}

export interface KindCounts {
  readonly kind: string
  readonly label: string
  readonly removed: number
  readonly added: number
  readonly changed: number
  /** Objects of this kind on both sides together. */
  readonly compared: number
}

export interface ServerData {
  readonly side: "source" | "target"
  readonly place: string
  readonly facts: readonly (readonly [label: string, value: string])[]
  readonly findings: readonly FindingData[]
}

export interface FindingData {
  readonly level: string
  readonly sign: string
  readonly found: string
  readonly why?: string
  readonly fix?: string
  readonly statements?: readonly string[]
}

export interface SchemaData {
  readonly title: string
  readonly objects: readonly ObjectData[]
}

export interface ObjectData {
  readonly kind: string
  readonly name: string
  /** Of the object itself; `changed` when only something in it differs. */
  readonly change: Change
  readonly differences: readonly DifferenceData[]
}

export interface DifferenceData {
  readonly change: Change
  /** As in the JSON; used by the filter by kind. */
  readonly kind: string
  readonly title: string
  readonly facts: readonly FactData[]
  /** What is equal on both sides. */
  readonly same: readonly (readonly [label: string, value: string])[]
  /** Parts added or removed with it. */
  readonly contents: readonly (readonly [title: string, summary: string])[]
  readonly note?: string
}

export interface FactData {
  readonly label: string
  readonly rows: readonly RowData[]
}

/** One line of both sides; `null` where that side has none. */
export type RowData = readonly [source: CellData, target: CellData]
export type CellData = readonly Part[] | string | null
