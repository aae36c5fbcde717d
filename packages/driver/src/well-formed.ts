/** In ECMAScript 2024 and every supported Node, not yet in the lib in use; ten times as fast as a regular expression. */
type WellFormed = string & { isWellFormed(): boolean }

/** Whether a string can be encoded: false if it has an unpaired surrogate, in whose place the server would get U+FFFD. */
export function isWellFormed(text: string): boolean {
  return (text as WellFormed).isWellFormed()
}
