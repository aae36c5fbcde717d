/** Parses the text of one value. The table's parsers never throw: what they do not understand stays a string. */
export type ValueParser = (text: string) => unknown

/** By type OID. */
export type ValueParsers = Readonly<Record<number, ValueParser>>
