/** A generator whose disposal ends it. */
export function asIterator<R>(rows: AsyncGenerator<R, undefined>): AsyncIterableIterator<R> & AsyncDisposable {
  return {
    next: () => rows.next(),
    return: (value?: unknown) => rows.return(value as undefined),
    throw: (error?: unknown) => rows.throw(error),
    [Symbol.asyncIterator]() {
      return this
    },
    async [Symbol.asyncDispose]() {
      await rows.return(undefined)
    },
  }
}
