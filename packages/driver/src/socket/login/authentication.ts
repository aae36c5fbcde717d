import type { AuthenticationMethod } from "../../contract.ts"
import type { AuthRuleMethod, AuthSettings } from "../../target.ts"
import { ProtocolViolation } from "../protocol/protocol-violation.ts"
import { checkScramChallenge, checkScramProof, readClientFirst } from "./scram.ts"

/** The server wants a method that the settings or the driver exclude. */
export class AuthenticationRefused extends Error {
  override readonly name = "AuthenticationRefused"
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

/** AuthenticationRequest kinds (PostgreSQL documentation, "Message Formats"). */
const OK = 0
const CLEARTEXT = 3
const MD5 = 5
const SASL = 10
const SASL_CONTINUE = 11
const SASL_FINAL = 12

/** What a driver of this kind cannot do, by request. */
const FOREIGN: Readonly<Record<number, { readonly name: string; readonly rule?: AuthRuleMethod }>> = {
  2: { name: "Kerberos V5" },
  6: { name: "SCM credentials" },
  7: { name: "GSSAPI", rule: "gss" },
  8: { name: "GSSAPI", rule: "gss" },
  9: { name: "SSPI", rule: "sspi" },
}

/** What {@link AuthenticationWatch.requested} says to do before the driver may see the request. */
export type AuthenticationStep = "go-on" | "password-needed"

/**
 * Follows the authentication on both sides, with libpq's rules for require_auth and channel_binding, and refuses a
 * server that skips its own proof: drivers check a proof that comes, not that it comes.
 */
export class AuthenticationWatch {
  readonly #settings: AuthSettings
  #method: AuthenticationMethod = "trust"
  #done = false
  /** Of a SASL exchange: what came last. */
  #sasl: "none" | "offered" | "chosen" | "challenged" | "answered" | "proved" = "none"
  #clientNonce = ""

  constructor(settings: AuthSettings = {}) {
    this.#settings = settings
  }

  /** How the server checked who we are; meaningful once {@link done}. */
  get method(): AuthenticationMethod {
    return this.#method
  }

  /** AuthenticationOk came. */
  get done(): boolean {
    return this.#done
  }

  /** The server has sent its proof of knowing the password, which the driver checks. */
  get proofCame(): boolean {
    return this.#sasl === "proved"
  }

  /** The server asked for something. */
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
        return this.#ask("password", "password", "a cleartext password")
      case MD5:
        return this.#ask("md5", "md5", "an MD5 password")
      case SASL:
        return this.#askSasl(body)
      case SASL_CONTINUE:
        if (this.#sasl !== "chosen") throw new ProtocolViolation("a SASL challenge came out of turn")
        checkScramChallenge(body.toString("utf8"), this.#clientNonce)
        this.#sasl = "challenged"
        return "go-on"
      case SASL_FINAL:
        if (this.#sasl !== "answered") throw new ProtocolViolation("the server's SASL proof came out of turn")
        checkScramProof(body.toString("utf8"))
        this.#sasl = "proved"
        return "go-on"
    }
    const foreign = FOREIGN[kind]
    if (foreign?.rule !== undefined) this.#require(foreign.rule, foreign.name)
    throw new AuthenticationRefused(
      `the server asks for ${foreign === undefined ? `the unknown authentication method ${kind}` : foreign.name} authentication, which no driver here can do`,
      "let pg_hba.conf ask this role for scram-sha-256",
    )
  }

  /** A message of type p from the driver. */
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

  #ask(method: "password" | "md5", rule: AuthRuleMethod, what: string): AuthenticationStep {
    this.#refuseSecond()
    this.#require(rule, what)
    if (this.#settings.channelBinding === "require") throw noChannelBinding()
    this.#method = method
    return "password-needed"
  }

  /** No server asks twice: who does is after a password that it can read. */
  #refuseSecond(): void {
    if (this.begun) throw new ProtocolViolation("the server asks for a second authentication")
  }

  #askSasl(body: Buffer): AuthenticationStep {
    this.#refuseSecond()
    const mechanisms = body.toString("latin1").split("\0").filter(Boolean)
    if (!mechanisms.some((each) => each === "SCRAM-SHA-256" || each === "SCRAM-SHA-256-PLUS")) {
      if (mechanisms.includes("OAUTHBEARER")) this.#require("oauth", "OAuth")
      throw new AuthenticationRefused(
        `the server offers only ${mechanisms.join(", ") || "no SASL mechanism"}, and this driver does SCRAM-SHA-256`,
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
      throw new ProtocolViolation("the server let us in without proving that it knows the password")
    if (this.#method === "trust") this.#require("none", "no authentication at all")
    if (this.#settings.channelBinding === "require" && this.#method !== "scram-sha-256-plus") throw noChannelBinding()
    this.#done = true
  }

  #require(method: AuthRuleMethod, what: string): void {
    const rule = this.#settings.requireAuth
    if (rule === undefined || rule.methods.includes(method) === (rule.kind === "allow")) return
    const words = rule.methods.map((each) => (rule.kind === "allow" ? each : `!${each}`)).join(",")
    throw new AuthenticationRefused(
      `the server asks for ${what}, which require_auth "${words}" excludes`,
      `is this the right server? else add "${method}" to require_auth`,
    )
  }
}

function noChannelBinding(): AuthenticationRefused {
  return new AuthenticationRefused(
    "channel binding is required, and the server authenticates without it",
    "it needs TLS and a role whose password is stored as scram-sha-256; else use channel_binding=prefer",
  )
}
