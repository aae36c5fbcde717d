/** The most rows that a portal can be asked for: the server counts them with 32 bits, and takes 0 and less for no limit. */
export const MOST_ROWS = 2 ** 31 - 1
