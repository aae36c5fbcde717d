import { isSecret } from "@pgsd/driver"

/** Freezes a tree of plain objects, arrays and functions. */
export function deepFreeze<T>(value: T): T {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || Object.isFrozen(value) || isSecret(value))
    return value
  Object.freeze(value)
  for (const each of Object.values(value)) deepFreeze(each)
  return value
}
