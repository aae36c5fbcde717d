import type { AuthRule, AuthRuleMethod } from "@pgsd/driver"
import { echoValue, quoting } from "../parse/echo.ts"

const METHODS: readonly AuthRuleMethod[] = ["password", "md5", "gss", "sspi", "scram-sha-256", "oauth", "none"]

/**
 * Parses libpq's require_auth: a list of methods, all accepted or all rejected (`!md5,!password`). Returns libpq's message for an invalid
 * one.
 */
export function parseRequireAuth(text: string): AuthRule | { readonly problem: string } {
  const parts = text.split(",")
  const kind = parts[0]!.startsWith("!") ? "deny" : "allow"
  const methods: AuthRuleMethod[] = []
  for (const part of parts) {
    const negative = part.startsWith("!")
    if (negative !== (kind === "deny"))
      return {
        problem: negative
          ? quoting("negative require_auth method", echoValue(part), " cannot be mixed with non-negative methods")
          : quoting("require_auth method", echoValue(part), " cannot be mixed with negative methods"),
      }
    const method = METHODS.find((each) => each === (negative ? part.slice(1) : part))
    if (method === undefined) return { problem: quoting("invalid require_auth value:", echoValue(negative ? part.slice(1) : part)) }
    if (methods.includes(method)) return { problem: `require_auth method "${part}" is specified more than once` }
    methods.push(method)
  }
  return { kind, methods }
}
