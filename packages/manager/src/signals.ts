import { follow, type Limit } from "@pgsd/driver"

/** A signal that follows both until `end()`, which removes the listeners. */
export function either(first: AbortSignal | undefined, second: AbortSignal): Limit & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const ends = [first, second].map((each) => follow(each, controller))
  return {
    signal: controller.signal,
    end() {
      for (const end of ends) end()
    },
  }
}
