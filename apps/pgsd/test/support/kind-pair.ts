/** Two databases that differ in one thing, and the expected differences: `change kind schema name`. */
export interface KindPair {
  readonly name: string
  readonly a: string
  readonly b: string
  readonly expected: readonly string[]
  readonly since?: number
}

export const pair = (name: string, a: string, b: string, ...expected: string[]): KindPair => ({ name, a, b, expected })

export const since = (major: number, { ...each }: KindPair): KindPair => ({ ...each, since: major })
