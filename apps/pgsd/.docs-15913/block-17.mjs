import { createServer } from "node:net"
import { dial } from "@pgsd/driver/socket"

const web = createServer((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")))
await new Promise((resolve) => web.listen(0, "127.0.0.1", resolve))
const target = { host: "127.0.0.1", port: web.address().port, user: "app", encryption: "tls", tls: { verify: "none" } }
await dial(target).catch((error) => console.log(error.code, error.phase)) // => PGSD_NOT_POSTGRES tls
web.close()
