import type { Message, ServerAction, ServerActionDone } from "./protocol.ts"

let requests = 0

/** Asks the main process to stop or start the server. @returns Date.now() when it was done */
export function requestServerAction(action: ServerAction): Promise<number> {
  const id = ++requests
  return new Promise((resolve) => {
    const onMessage = (message: ServerActionDone | object) => {
      if (!("serverRequest" in message) || message.serverRequest !== id) return
      process.off("message", onMessage)
      resolve(message.at)
    }
    process.on("message", onMessage)
    process.send!({ serverRequest: id, action } satisfies Message)
  })
}
