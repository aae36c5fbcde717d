import type { Granted, Message, ServerAction } from "./protocol.ts"

let wishes = 0

/** Asks the benchmark's own process to do something to its server. @returns Date.now() when it was done */
export function wish(action: ServerAction): Promise<number> {
  const id = ++wishes
  return new Promise((resolve) => {
    const onMessage = (message: Granted | object) => {
      if (!("wish" in message) || message.wish !== id) return
      process.off("message", onMessage)
      resolve(message.at)
    }
    process.on("message", onMessage)
    process.send!({ wish: id, action } satisfies Message)
  })
}
