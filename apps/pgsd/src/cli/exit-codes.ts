/** As diff(1) and grep(1): 0 and 1 are answers, 2 is an error. */
export const EXIT = {
  /** No differences; no check failed. */
  same: 0,
  /** There are differences; a check failed. */
  different: 1,
  /** No answer: not reachable, refused, or not understood. */
  trouble: 2,
  /** 128 and the signal's number, as a shell reports it. */
  SIGINT: 130,
  SIGTERM: 143,
} as const
