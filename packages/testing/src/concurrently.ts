/** Runs `work` for all items, at most `workers` at a time. @returns the results in the order of `items` */
export async function concurrently<T, R>(workers: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const outcomes: R[] = []
  let next = 0
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) outcomes[index] = await work(items[index]!)
  }
  await Promise.all(Array.from({ length: workers }, worker))
  return outcomes
}
