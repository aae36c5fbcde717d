/** For "did you mean": the name in `known` closest to `name` in spelling or letter case; undefined if none is close. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const plain = normalize(name)
  // Short words are close to many others, so the permitted distance grows with the length.
  const allowed = plain.length <= 3 ? 1 : plain.length <= 7 ? 2 : 3
  let best: string | undefined
  let bestDistance = allowed + 1
  for (const candidate of known) {
    const distance = editDistance(plain, normalize(candidate), bestDistance)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function normalize(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, "")
}

/** Optimal string alignment distance (a transposition is one edit), or `limit` if it is at least that. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) cost = Math.min(cost, beforeLast[column - 2]! + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return Math.min(last[b.length]!, limit)
}
