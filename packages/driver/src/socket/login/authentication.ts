import type { AuthenticationMethod } from "../../contract.ts"
import type { AuthRuleMethod, AuthSettings } from "../../target.ts"
import { ProtocolViolation } from "../protocol/protocol-violation.ts"
import { checkScramChallenge, checkScramProof, readClientFirst } from "./scram.ts"

/** The server requests a method that the settings or the driver exclude. */
export class AuthenticationRefused extends Error {
  override readonly name = "AuthenticationRefused"
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

/** AuthenticationRequest codes (PostgreSQL documentation, "Message Formats"). */
const OK = 0
const CLEARTEXT = 3
const MD5 = 5
const SASL = 10
const SASL_CONTINUE = 11
const SASL_FINAL = 12

/** Methods that no driver supports, by request code. */
const FOREIGN: Readonly<Record<number, { readonly name: string; readonly rule?: AuthRuleMethod }>> = {
  2: { name: "Kerberos V5" },
  6: { name: "SCM credentials" },
  7: { name: "GSSAPI", rule: "gss" },
  8: { name: "GSSAPI", rule: "gss" },
  9: { name: "SSPI", rule: "sspi" },
}

/** What to do before the driver sees the request, from {@link AuthenticationWatch.requested}. */
export type AuthenticationStep = "go-on" | "password-needed"

/**
 * Follows authentication in both directions, applies libpq's rules for require_auth and channel_binding, and rejects a server that omits
 * its own proof: drivers verify a proof that arrives, not that one arrives.
 */
export class AuthenticationWatch {
  readonly #settings: AuthSettings
  #method: AuthenticationMethod = "trust"
  #done = false
  /** The last SASL message. */
  #sasl: "none" | "offered" | "chosen" | "challenged" | "answered" | "proved" = "none"
  #clientNonce = ""

  constructor(settings: AuthSettings = {}) {
    this.#settings = settings
  }

  /** How the server authenticated the client; valid once {@link done}. */
  get method(): AuthenticationMethod {
    return this.#method
  }

  /** AuthenticationOk was received. */
  get done(): boolean {
    return this.#done
  }

  /** The server has sent its proof of knowing the password, which the driver verifies. */
  get proofCame(): boolean {
    return this.#sasl === "proved"
  }

  /** The server has sent an authentication request. */
  get begun(): boolean {
    return this.#method !== "trust"
  }

  /** @throws AuthenticationRefused, ProtocolViolation, ServerUnverified */
  requested(kind: number, body: Buffer): AuthenticationStep {
    switch (kind) {
      case OK:
        this.#accept()
        return "go-on"
      case CLEARTEXT:
        return this.#request("password", "password", "a cleartext password")
      case MD5:
        return this.#request("md5", "md5", "an MD5 password")
      case SASL:
        return this.#requestSasl(body)
      case SASL_CONTINUE:
        if (this.#sasl !== "chosen") throw new ProtocolViolation("unexpected SASL challenge")
        checkScramChallenge(body.toString("utf8"), this.#clientNonce)
        this.#sasl = "challenged"
        return "go-on"
      case SASL_FINAL:
        if (this.#sasl !== "answered") throw new ProtocolViolation("unexpected SASL final message")
        checkScramProof(body.toString("utf8"))
        this.#sasl = "proved"
        return "go-on"
    }
    const foreign = FOREIGN[kind]
    if (foreign?.rule !== undefined) this.#require(foreign.rule, foreign.name)
    throw new AuthenticationRefused(
      `the server asks for ${foreign === undefined ? `the unknown authentication method ${kind}` : foreign.name} authentication, which no driver supports`,
      "let pg_hba.conf ask this role for scram-sha-256",
    )
  }

  /** Handles a message of type `p` from the driver. */
  answered(message: Buffer): void {
    if (this.#sasl === "offered") {
      const { mechanism, nonce } = readClientFirst(message)
      this.#method = mechanism === "SCRAM-SHA-256-PLUS" ? "scram-sha-256-plus" : "scram-sha-256"
      if (this.#settings.channelBinding === "require" && this.#method !== "scram-sha-256-plus") throw noChannelBinding()
      this.#clientNonce = nonce
      this.#sasl = "chosen"
    } else if (this.#sasl === "challenged") {
      this.#sasl = "answered"
    }
  }

  #request(method: "password" | "md5", rule: AuthRuleMethod, what: string): AuthenticationStep {
    this.#refuseSecond()
    this.#require(rule, what)
    if (this.#settings.channelBinding === "require") throw noChannelBinding()
    this.#method = method
    return "password-needed"
  }

  /** A server never asks twice: one that does may be after a password it can read. */
  #refuseSecond(): void {
    if (this.begun) throw new ProtocolViolation("the server requests authentication twice")
  }

  #requestSasl(body: Buffer): AuthenticationStep {
    this.#refuseSecond()
    const mechanisms = body.toString("latin1").split("\0").filter(Boolean)
    if (!mechanisms.some((each) => each === "SCRAM-SHA-256" || each === "SCRAM-SHA-256-PLUS")) {
      if (mechanisms.includes("OAUTHBEARER")) this.#require("oauth", "OAuth")
      throw new AuthenticationRefused(
        `the server offers only ${mechanisms.join(", ") || "no SASL mechanism"}, and this driver supports SCRAM-SHA-256`,
        "let pg_hba.conf ask this role for scram-sha-256",
      )
    }
    this.#require("scram-sha-256", "SCRAM-SHA-256")
    if (this.#settings.channelBinding === "require" && !mechanisms.includes("SCRAM-SHA-256-PLUS")) throw noChannelBinding()
    this.#method = "scram-sha-256"
    this.#sasl = "offered"
    return "password-needed"
  }

  #accept(): void {
    if (this.#sasl !== "none" && this.#sasl !== "proved")
      throw new ProtocolViolation("the server accepted the login without proving that it knows the password")
    if (this.#method === "trust") this.#require("none", "no authentication at all")
    if (this.#settings.channelBinding === "require" && this.#method !== "scram-sha-256-plus") throw noChannelBinding()
    this.#done = true
  }

  #require(method: AuthRuleMethod, what: string): void {
    const rule = this.#settings.requireAuth
    if (rule === undefined || rule.methods.includes(method) === (rule.kind === "allow")) return
    const requireAuth = rule.methods.map((each) => (rule.kind === "allow" ? each : `!${each}`)).join(",")
    throw new AuthenticationRefused(
      `the server asks for ${what}, which require_auth "${requireAuth}" excludes`,
      `is this the right server? else add "${method}" to require_auth`,
    )
  }
}

function noChannelBinding(): AuthenticationRefused {
  return new AuthenticationRefused(
    "channel binding is required, but the server authenticates without it",
    "it needs TLS and a role whose password is stored as scram-sha-256; else use channel_binding=prefer",
  )
}
