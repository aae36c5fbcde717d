import type { Random } from "@pgsd/testing"
import { type Frame, frame, int32 } from "./frames.ts"

type Mutation = (frames: Frame[], random: Random) => void

const BACKEND_TYPES = "RK23CWdcDGHIEvnNAStsTZ1"

/** A message that a server may send at any time, or never. */
function anyFrame(random: Random): Frame {
  const pick = random.below(8)
  if (pick === 0) return frame("N", "SNOTICE\0VNOTICE\0C00000\0Mhello\0\0")
  if (pick === 1) return frame("S", "application_name\0x\0")
  if (pick === 2) return frame("A", int32(1), "c\0p\0")
  if (pick === 3) return frame("Z", "ITE"[random.below(3)]!)
  if (pick === 4)
    return frame("E", `S${["ERROR", "FATAL"][random.below(2)]}\0C${["42703", "0A000", "26000", "57P01"][random.below(4)]}\0Mno\0\0`)
  if (pick === 5) return frame("C", "SELECT 1\0")
  const type = random.below(4) === 0 ? String.fromCharCode(random.below(256)) : BACKEND_TYPES[random.below(BACKEND_TYPES.length)]!
  return frame(type, randomBytes(random, random.below(40)))
}

export function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => (random.below(3) === 0 ? 0 : random.below(256))))
}

const LIES: readonly number[] = [
  0, 1, 2, 3, 4, 5, 0x7fff, 0xffff, 29_999, 30_001, 0x1fffffff, 0x3fffffff, 0x40000000, 0x7fffffff, -1, -2, -5,
]

const MUTATIONS: readonly Mutation[] = [
  // Frames that are missing, duplicated, reordered, or superfluous.
  (frames, random) => void frames.splice(random.below(frames.length), 1),
  (frames, random) => {
    const at = random.below(frames.length)
    frames.splice(at, 0, frames[at]!)
  },
  (frames, random) => {
    const [a, b] = [random.below(frames.length), random.below(frames.length)]
    ;[frames[a], frames[b]] = [frames[b]!, frames[a]!]
  },
  (frames, random) => void frames.splice(random.below(frames.length + 1), 0, anyFrame(random)),
  // Wrong lengths.
  change((bytes, random) => void bytes.writeInt32BE(LIES[random.below(LIES.length)]!, 1)),
  change((bytes, random) => void bytes.writeUInt32BE(Math.min(0xffff_ffff, Math.max(0, bytes.readUInt32BE(1) + random.below(9) - 4)), 1)),
  // Wrong counts, and wrong lengths of values.
  change((bytes, random) => void (bytes.length >= 7 && bytes.writeUInt16BE(random.below(4) === 0 ? 0xffff : random.below(12), 5))),
  change((bytes, random) => {
    if (bytes.length >= 11) bytes.writeInt32BE(LIES[random.below(LIES.length)]!, 7 + random.below(bytes.length - 10))
  }),
  // Bytes.
  change((bytes, random) => void bytes.writeUInt8(random.below(256), random.below(bytes.length))),
  change((bytes, random) => {
    for (let i = random.below(8); i >= 0; i--) bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
  }),
  // A body that is truncated or extended, with a matching length.
  (frames, random) => {
    const at = random.below(frames.length)
    const body = frames[at]!.subarray(5)
    const type = String.fromCharCode(frames[at]![0]!)
    frames[at] =
      random.below(2) === 0
        ? frame(type, body.subarray(0, random.below(body.length + 1)))
        : frame(type, body, randomBytes(random, 1 + random.below(9)))
  },
]

function change(bytes: (bytes: Buffer, random: Random) => void): Mutation {
  return (frames, random) => {
    const at = random.below(frames.length)
    const copy = Buffer.from(frames[at]!)
    bytes(copy, random)
    frames[at] = copy
  }
}

/** The frames with some of them mutated, as bytes. */
export function mutated(frames: readonly Frame[], random: Random): Buffer {
  const changed = [...frames]
  for (let left = 1 + random.below(3); left > 0 && changed.length > 0; left--) MUTATIONS[random.below(MUTATIONS.length)]!(changed, random)
  return Buffer.concat(changed)
}
