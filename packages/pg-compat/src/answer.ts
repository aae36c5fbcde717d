import { outside } from "./outside.ts"

export type NodeCallback = (error: Error | undefined, value?: unknown) => void

/** pg's two ways to return a result: a promise (of the caller's class, if given), or a call of `callback`. */
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
