/** Why a percent-encoded part of a URI cannot be decoded. */
export type PercentProblem = "token" | "nul" | "spaces"

/** `lossy`: libpq accepts bytes that a JavaScript string cannot hold; the text has replacement characters. */
type Decoded = { readonly text: string; readonly lossy?: true } | { readonly problem: PercentProblem }

/**
 * Decodes one part of a URI like libpq: leading and trailing spaces are dropped, a space inside is an error, `%XX` is strict, `%00` is an
 * error, and everything else, including `+`, is data.
 */
export function percentDecode(raw: string): Decoded {
  let start = 0
  let end = raw.length
  while (raw[start] === " ") start++
  while (end > start && raw[end - 1] === " ") end--
  const space = raw.indexOf(" ", start)
  // libpq reads from left to right: an error before the space is found first.
  const body = raw.slice(start, space !== -1 && space < end ? space : end)
  for (const [, digits] of body.matchAll(/%([0-9A-Fa-f]{2})?/g)) {
    if (digits === undefined) return { problem: "token" }
    if (digits === "00") return { problem: "nul" }
  }
  if (start + body.length < end) return { problem: "spaces" }
  return body.includes("%") ? fromBytes(body) : { text: body }
}

function fromBytes(body: string): Decoded {
  const bytes = Buffer.from(body).toString("latin1")
  const decoded = bytes.replaceAll(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  const encoded = Buffer.from(decoded, "latin1")
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(encoded)
  return Buffer.from(text).equals(encoded) ? { text } : { text, lossy: true }
}
