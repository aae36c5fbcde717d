import type { KindCount } from "./catalog.ts"
import type { Comparison } from "./difference.ts"

/** A comparison with its two sides, from which every output format is produced. Contains no time and no driver: the same databases give the same bytes. */
export interface DiffReport extends Comparison {
  readonly source: Side
  readonly target: Side
}

export interface Side {
  /** A description of the address, without a password: `shop at db.example.com:5432`. */
  readonly place: string
  /** `PostgreSQL 14.23` */
  readonly server: string
  readonly notCompared: readonly KindCount[]
}
