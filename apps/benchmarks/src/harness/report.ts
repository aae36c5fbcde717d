/** A table as it will stand in Markdown. */
export interface Table {
  readonly caption: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** What one section of the benchmarks found. */
export interface SectionReport {
  readonly title: string
  /** One paragraph: what is measured, in which unit, and what to make of it. */
  readonly meaning: string
  readonly tables: readonly Table[]
  /** Every figure behind the tables. */
  readonly data: unknown
}

/** The same with the circumstances of its run. */
export interface MeasuredSection extends SectionReport {
  readonly measuredAt: string
  readonly tookMs: number
  /** The machine's load average of one minute before the section began: over 0.5 per core the figures are noisy. */
  readonly loadBefore: number
}

export interface Results {
  readonly machine: Machine
  /** By the section's name, in the order in which they are run. */
  readonly sections: Readonly<Record<string, MeasuredSection>>
}

export interface Machine {
  readonly node: string
  readonly platform: string
  readonly cpu: string
  readonly cores: number
  /** Of every contestant. */
  readonly versions: Readonly<Record<string, string>>
}
