import type { ServerVersion } from "./server-version.ts"

/**
 * What catalog queries may refer to, by the server's major version. Computed once per connection; SQL text is chosen by it *before* it is
 * sent, because a query with a missing column fails when parsed, and trying it would fill the server's log. Source: a column-by-column
 * comparison of the catalogs of 10 to 18.
 */
export interface CatalogGates {
  /** 11: pg_proc.prokind, procedures; before: proisagg and proiswindow. */
  readonly prokind: boolean
  /** 11: pg_constraint.conparentid, pg_index.indnkeyatts. */
  readonly partitionedConstraints: boolean
  /** 12: pg_attribute.attgenerated, pg_collation.collisdeterministic; oid is a column like any other. */
  readonly generatedColumns: boolean
  /** 13: pg_trigger.tgparentid. */
  readonly triggerParents: boolean
  /** 14: attcompression, prosqlbody, multiranges, inhdetachpending, predefined roles pg_read_all_data and pg_database_owner. */
  readonly compression: boolean
  readonly sqlBodies: boolean
  readonly multiranges: boolean
  /** 15: indnullsnotdistinct, publication filters, security_invoker views, pg_parameter_acl. */
  readonly nullsNotDistinct: boolean
  readonly publicationFilters: boolean
  /** 16: pg_auth_members.inherit_option and set_option, pg_has_role(…, 'SET'). */
  readonly membershipOptions: boolean
  /** 17: the MAINTAIN privilege; collocale instead of colliculocale. */
  readonly maintain: boolean
  /** 18: conenforced, conperiod, NOT NULL rows in pg_constraint (contype n), virtual generated columns. */
  readonly enforcedConstraints: boolean
  readonly notNullConstraints: boolean
  readonly virtualColumns: boolean
}

/** The gates of a version; a server newer than tested gets those of the newest known version. */
export function catalogGates(version: ServerVersion): CatalogGates {
  const major = version.major ?? 0
  const from = (least: number) => major >= least
  return {
    prokind: from(11),
    partitionedConstraints: from(11),
    generatedColumns: from(12),
    triggerParents: from(13),
    compression: from(14),
    sqlBodies: from(14),
    multiranges: from(14),
    nullsNotDistinct: from(15),
    publicationFilters: from(15),
    membershipOptions: from(16),
    maintain: from(17),
    enforcedConstraints: from(18),
    notNullConstraints: from(18),
    virtualColumns: from(18),
  }
}
