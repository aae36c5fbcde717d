import { createServer, type Socket } from "node:net"
import type { Random } from "@pgsd/testing"
import { type Cycle, CycleReader, type Frame, frame, int32 } from "./frames.ts"
import { mutated, randomBytes } from "./mutate.ts"
import { answerKey, type Recording } from "./recording.ts"
import type { Sent } from "./reference.ts"
import { tagOf } from "./statements.ts"

const CANCEL_REQUEST = 80_877_102
/** After a mutated answer the client may wait forever: when idle for so long, in ms, the peer disconnects. */
const IDLE_MS = 25

export interface PeerScript {
  readonly random: Random
  readonly recording: Recording
  /** How many of a thousand answers are mutated. */
  readonly perMille: number
  /** The login is mutated, too. */
  readonly changesLogin: boolean
  /** After that many cycles the peer stops answering and disconnects. */
  readonly cycles: number
}

/** A server that replays a real one's answers, randomly mutated, in randomly split chunks. */
export interface Peer extends AsyncDisposable {
  readonly port: number
  /** What was sent after the login, and the cycles that it answers. */
  readonly sent: readonly Sent[]
  readonly cycles: readonly Cycle[]
}

export async function fuzzPeer(script: PeerScript): Promise<Peer> {
  const sockets = new Set<Socket>()
  const sent: Sent[] = []
  const cycles: Cycle[] = []
  let sessions = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on("error", () => {})
    socket.once("data", (startup) => {
      // What follows a cancel, and the second attempt after a refused protocol, end at once.
      if (startup.readUInt32BE(4) === CANCEL_REQUEST || sessions++ > 0) socket.end()
      else new Session(socket, script, sent, cycles).begin()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    port: (server.address() as { port: number }).port,
    sent,
    cycles,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

class Session {
  readonly #socket: Socket
  readonly #script: PeerScript
  readonly #sent: Sent[]
  readonly #cycles: Cycle[]
  /** By statement name. */
  readonly #tags = new Map<string, string>()
  /** Login messages, one for each of the client's answers. */
  readonly #login: Frame[][]
  readonly #pieces: Buffer[] = []
  #writing = false
  #ends = false
  #idle: NodeJS.Timeout | undefined

  constructor(socket: Socket, script: PeerScript, sent: Sent[], cycles: Cycle[]) {
    this.#socket = socket
    this.#script = script
    this.#sent = sent
    this.#cycles = cycles
    this.#login = loginOf(script.random)
  }

  begin(): void {
    this.#logIn()
    const reader = new CycleReader((cycle) => this.#answer(cycle))
    let loggedIn = this.#login.length === 0
    this.#socket.on("data", (bytes) => {
      if (loggedIn) return reader.read(bytes)
      this.#logIn()
      loggedIn = this.#login.length === 0
    })
  }

  #logIn(): void {
    const { random, changesLogin } = this.#script
    const frames = this.#login.shift() ?? []
    const changes = changesLogin && frames.length > 0
    this.#say(changes ? mutated(frames, random) : Buffer.concat(frames), changes)
  }

  #answer(cycle: Cycle): void {
    const { random, recording, perMille } = this.#script
    this.#cycles.push(cycle)
    const tag = cycle.sql === undefined ? this.#tags.get(cycle.name ?? "") : tagOf(cycle.sql)
    if (cycle.sql !== undefined && cycle.name !== undefined) this.#tags.set(cycle.name, tag ?? "")
    const frames = recording.get(answerKey(tag ?? "", cycle.sql !== undefined)) ?? recording.get(answerKey(tag ?? "", true))
    if (frames === undefined || this.#cycles.length > this.#script.cycles) {
      this.#end()
      return
    }
    const changes = random.below(1000) < perMille
    const bytes = changes ? mutated(frames, random) : Buffer.concat(frames)
    this.#sent.push({ bytes, cycles: this.#cycles.length })
    this.#say(bytes, changes)
  }

  #end(): void {
    this.#ends = true
    if (!this.#writing) this.#socket.end()
  }

  /** In chunks, each in a separate turn. */
  #say(bytes: Buffer, changed: boolean): void {
    const { random } = this.#script
    if (changed && this.#idle === undefined) {
      this.#idle = setTimeout(() => this.#end(), IDLE_MS)
      this.#socket.once("close", () => clearTimeout(this.#idle))
    } else this.#idle?.refresh()
    let from = 0
    for (let cuts = random.below(4); cuts > 0 && from < bytes.length; cuts--) {
      const to = from + 1 + random.below(random.below(2) === 0 ? 8 : bytes.length - from)
      this.#pieces.push(bytes.subarray(from, to))
      from = Math.min(to, bytes.length)
    }
    if (from < bytes.length) this.#pieces.push(bytes.subarray(from))
    if (!this.#writing) this.#write()
  }

  #write(): void {
    const piece = this.#pieces.shift()
    this.#writing = piece !== undefined
    if (piece !== undefined) {
      if (this.#socket.writable) this.#socket.write(piece)
      setImmediate(() => this.#write())
    } else if (this.#ends) this.#socket.end()
  }
}

const OK = frame("R", int32(0))
const READY = [OK, frame("S", "server_version\x0018.0\0"), frame("K", int32(7), int32(42)), frame("Z", "I")]
const NONCE = "r=abc"

/** Login methods. A proof can only be wrong, so such a login is refused. */
function loginOf(random: Random): Frame[][] {
  const pick = random.below(12)
  if (pick === 0) return [[frame("R", int32(3))], READY]
  if (pick === 1) return [[frame("R", int32(5), randomBytes(random, 4))], READY]
  if (pick === 2)
    return [
      [frame("R", int32(10), "SCRAM-SHA-256\0\0")],
      [frame("R", int32(11), `${NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`)],
      [frame("R", int32(12), "v=AAAA"), ...READY],
    ]
  if (pick === 3) return [[frame("v", int32(0x3_0000), int32(0)), ...READY]]
  return [READY]
}
