/** A Markdown table. */
export interface Table {
  readonly caption: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** The results of one section. */
export interface SectionReport {
  readonly title: string
  /** One paragraph: what is measured, in which unit, and how to read it. */
  readonly meaning: string
  readonly tables: readonly Table[]
  /** Every figure behind the tables. */
  readonly data: unknown
}

/** With the circumstances of its run. */
export interface MeasuredSection extends SectionReport {
  readonly measuredAt: string
  readonly tookMs: number
  /** The one-minute load average before the section began: over 0.5 per core the figures are noisy. */
  readonly loadBefore: number
}

export interface Results {
  readonly machine: Machine
  /** By section name, in the order in which they run. */
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
