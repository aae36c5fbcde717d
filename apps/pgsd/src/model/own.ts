/** The value under a name that a database or a file has chosen: `__proto__` and `constructor` are names like any other. */
export function own<Value>(values: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined
}
