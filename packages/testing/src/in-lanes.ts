/** The outcomes in the order of `items`, of which so many are worked on at a time. */
export async function inLanes<T, R>(lanes: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const outcomes: R[] = []
  let next = 0
  const lane = async () => {
    for (let index = next++; index < items.length; index = next++) outcomes[index] = await work(items[index]!)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return outcomes
}
