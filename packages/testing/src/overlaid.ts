import type { Connection } from "@pgsd/driver"

export type ConnectionMembers = { readonly [Key in keyof Connection]?: Connection[Key] }

/** The same connection with some members replaced; getters remain getters. */
export function overlaid(connection: Connection, members: ConnectionMembers): Connection {
  return new Proxy(connection, {
    get(target, key) {
      if (key in members) return Reflect.get(members, key, members)
      const value = Reflect.get(target, key, target)
      return typeof value === "function" ? value.bind(target) : value
    },
  })
}
