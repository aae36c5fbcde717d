import type { Connection, ConnectOptions, Driver, Target } from "@pgsd/driver"

type Members = { readonly [Key in keyof Connection]?: Connection[Key] }

/** A driver whose connections differ from the inner one's in what `change` gives; getters stay getters. */
export function withConnections(inner: Driver, change: (connection: Connection, target: Target | undefined) => Members): Driver {
  return withConnect(inner, async (target, options) => {
    const connection = await inner.connect(target, options)
    return overlaid(connection, change(connection, target))
  })
}

export function withConnect(inner: Driver, connect: (target?: Target, options?: ConnectOptions) => Promise<Connection>): Driver {
  return { name: inner.name, supports: inner.supports, connect }
}

export function overlaid(connection: Connection, members: Members): Connection {
  return new Proxy(connection, {
    get(target, key) {
      if (key in members) return Reflect.get(members, key, members)
      const value = Reflect.get(target, key, target)
      return typeof value === "function" ? value.bind(target) : value
    },
  })
}
