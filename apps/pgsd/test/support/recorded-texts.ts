import type { Connection } from "@pgsd/driver"

/** A connection that records every statement, and can run something before each. */
export function recordedTexts(connection: Connection, before: (text: string) => Promise<unknown> = async () => {}) {
  const texts: string[] = []
  const recorded = new Proxy(connection, {
    get(target, property) {
      if (property === "query")
        return async (...args: Parameters<Connection["query"]>) => {
          texts.push(args[0])
          await before(args[0])
          return target.query(...args)
        }
      const value = Reflect.get(target, property, target)
      return typeof value === "function" ? value.bind(target) : value
    },
  })
  return { recorded, texts: (): readonly string[] => texts }
}
