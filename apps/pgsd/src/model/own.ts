/** The value under a name chosen by a database or a file: `__proto__` and `constructor` are ordinary names. */
export function own<Value>(values: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined
}
