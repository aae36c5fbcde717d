/** The program of the tests about a server's owner: starts a server, prints its address, and ends as its arguments say. */
import { postgresServer } from "@pgsd/testing/server"

const ending = process.argv[2]
const server = await postgresServer()
const [row] = await server.sql("SELECT current_user AS me")
process.stdout.write(
  `${JSON.stringify({ me: row?.me, socketDirectory: server.socketDirectory, port: server.port, uid: process.getuid?.() })}\n`,
)

if (ending === "close") await server.close()
else if (ending === "exit") process.exit(3)
else if (ending === "throw") throw new Error("on purpose")
else if (ending === "wait") setInterval(() => undefined, 1_000)
else if (ending === "handle") {
  process.on("SIGINT", async () => {
    await server.sql("SELECT 1")
    await server.close()
    process.stdout.write("closed\n")
    process.exit(0)
  })
  setInterval(() => undefined, 1_000)
}
