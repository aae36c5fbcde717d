import { outside } from "./outside.ts"

export type NodeCallback = (error: Error | undefined, value?: unknown) => void

/** pg's two forms of an answer: a promise (of the caller's own kind, if it gave one), or a call of `callback` and nothing. */
export function answer(promise: Promise<unknown>, callback: NodeCallback | undefined, kind: PromiseConstructorLike | undefined): unknown {
  if (typeof callback === "function") {
    promise.then(
      (value) => outside(() => callback(undefined, value)),
      (error: Error) => outside(() => callback(error)),
    )
    return undefined
  }
  if (kind === undefined || kind === Promise) return promise
  return new kind((resolve, reject) => promise.then(resolve, reject))
}
