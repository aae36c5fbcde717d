/** One call of a connector's method, including those inside transactions. */
export interface MockCall {
  readonly method: string
  readonly args: readonly unknown[]
}

const METHODS: ReadonlySet<unknown> = new Set([
  "query",
  "one",
  "maybeOne",
  "batch",
  "stream",
  "notify",
  "copyFrom",
  "copyTo",
  "transaction",
  "readOnlySnapshot",
  "getVersion",
  "getFlavour",
  "checkPermissions",
  "verifySchemaAccess",
  "testConnection",
  "preflight",
  "proveReadOnly",
])

/** `target`, with every external call recorded in `calls`. */
export function recorded<T extends object>(target: T, calls: MockCall[]): T {
  return new Proxy(target, {
    get(_, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== "function") return member
      return (...args: readonly unknown[]) => {
        if (METHODS.has(name)) calls.push({ method: name as string, args })
        return Reflect.apply(member, target, args)
      }
    },
  })
}
