import { timingSafeEqual } from "node:crypto"
import type { Context, MiddlewareHandler } from "hono"

/** Headers of every response: the page may load only its own files. */
const HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'none'; img-src data:; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "Cache-Control": "no-store",
}

interface GuardOptions {
  readonly token: string
  /** `127.0.0.1:1234` */
  readonly hosts: () => readonly string[]
}

/**
 * Accepts only requests with the token and with a loopback host name: a foreign page whose name resolves to 127.0.0.1 (DNS rebinding) sends
 * another Host, and one that links here is another site.
 */
export function guard({ token, hosts }: GuardOptions): MiddlewareHandler {
  return async (context, next) => {
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value)
    const { method } = context.req
    if (method !== "GET" && method !== "HEAD") return refusal(context, 405, "only GET and HEAD are allowed")
    if (!hosts().includes(context.req.header("host") ?? "")) return refusal(context, 403, "the Host header names another machine")
    const site = context.req.header("sec-fetch-site")
    if (site !== undefined && site !== "none" && site !== "same-origin") return refusal(context, 403, "the request comes from another site")
    if (!isSame(context.req.path.split("/")[1] ?? "", token))
      return refusal(context, 403, "the address lacks the token that was printed with it")
    return next()
  }
}

function refusal(context: Context, status: 403 | 405, reason: string): Response {
  return context.text(`${reason}\n`, status)
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)]
  return one.length === other.length && timingSafeEqual(one, other)
}
