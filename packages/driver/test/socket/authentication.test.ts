import { describe, expect, test } from "vitest"
import { AuthenticationWatch } from "../../src/socket/login/authentication.ts"
import type { AuthRule, AuthRuleMethod, AuthSettings } from "../../src/target.ts"
import { int32, message } from "../support/backend-messages.ts"

const NONE = Buffer.alloc(0)
const SCRAM = Buffer.from("SCRAM-SHA-256\0\0")
const BOTH = Buffer.from("SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0")
const NONCE = "rOprNGfwEbeRWgbNEkqO"
const CHALLENGE = Buffer.from(`r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`)

const clientFirst = (mechanism = "SCRAM-SHA-256", nonce = NONCE) => {
  const response = `n,,n=*,r=${nonce}`
  return message("p", `${mechanism}\0`, int32(response.length), response)
}
const clientFinal = message("p", "c=biws,r=…,p=…")

type Step = (watch: AuthenticationWatch) => unknown
const asks =
  (kind: number, body = NONE): Step =>
  (watch) =>
    watch.requested(kind, body)
const answers =
  (bytes: Buffer): Step =>
  (watch) =>
    watch.answered(bytes)

const ok = asks(0)
const scram = (offer = SCRAM, mechanism = "SCRAM-SHA-256"): Step[] => [
  asks(10, offer),
  answers(clientFirst(mechanism)),
  asks(11, CHALLENGE),
  answers(clientFinal),
  asks(12, Buffer.from(`v=${Buffer.alloc(32).toString("base64")}`)),
  ok,
]

function run(steps: readonly Step[], settings?: AuthSettings): AuthenticationWatch {
  const watch = new AuthenticationWatch(settings)
  for (const step of steps) step(watch)
  return watch
}

describe("the method follows the server's request", () => {
  test.each([
    ["trust", [ok]],
    ["password", [asks(3), answers(message("p", "secret\0")), ok]],
    ["md5", [asks(5, int32(1)), answers(message("p", "md5…\0")), ok]],
    ["scram-sha-256", scram()],
    ["scram-sha-256", scram(BOTH)],
    ["scram-sha-256-plus", scram(BOTH, "SCRAM-SHA-256-PLUS")],
  ] as const)("%s", (method, steps) => {
    const watch = run(steps)
    expect([watch.method, watch.done]).toEqual([method, true])
  })

  test("only methods that use the password report it", () => {
    const needs = (kind: number, body = NONE) => new AuthenticationWatch().requested(kind, body)
    expect([needs(0), needs(3), needs(5), needs(10, SCRAM)]).toEqual(["go-on", "password-needed", "password-needed", "password-needed"])
  })
})

describe("server verification", () => {
  test.each([
    ["AuthenticationOk right after the offer", [asks(10, SCRAM), ok]],
    ["AuthenticationOk in place of the challenge", [asks(10, SCRAM), answers(clientFirst()), ok]],
    ["AuthenticationOk in place of the proof", scram().toSpliced(4, 1)],
    ["a proof before our answer", scram().toSpliced(3, 1)],
    ["a challenge before our nonce", [asks(10, SCRAM), asks(11, CHALLENGE)]],
    ["two challenges", scram().toSpliced(3, 0, asks(11, CHALLENGE))],
    ["a challenge without an offer", [asks(11, CHALLENGE)]],
  ])("%s is refused", (_, steps) => {
    expect(() => run(steps)).toThrow(expect.objectContaining({ name: "ProtocolViolation" }))
  })

  test.each([
    ["another nonce", "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"],
    ["our nonce and nothing more", `r=${NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`],
    ["no salt", `r=${NONCE}x,s=,i=4096`],
    ["a salt that is no base64", `r=${NONCE}x,s=W22*,i=4096`],
    ["no rounds", `r=${NONCE}x,s=W22ZaJ0SNY7soEsUEjb6gQ==`],
    ["zero rounds", `r=${NONCE}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0`],
    ["rounds for a week", `r=${NONCE}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4000000000`],
    ["a mandatory extension", `m=x,r=${NONCE}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`],
    ["nothing", ""],
  ])("a challenge with %s is refused", (_, text) => {
    const steps = [asks(10, SCRAM), answers(clientFirst()), asks(11, Buffer.from(text))]
    expect(() => run(steps)).toThrow(expect.objectContaining({ name: "ProtocolViolation" }))
  })
})

// fe-auth.c, check_expected_areq.
describe("require_auth", () => {
  const exchanges: Readonly<Record<string, readonly Step[]>> = {
    none: [ok],
    password: [asks(3)],
    md5: [asks(5)],
    "scram-sha-256": scram(),
  }
  const rule = (kind: AuthRule["kind"], ...methods: AuthRuleMethod[]): AuthSettings => ({ requireAuth: { kind, methods } })
  const passing = (settings: AuthSettings) =>
    Object.keys(exchanges).filter((name) => {
      try {
        run(exchanges[name]!, settings)
        return true
      } catch (error) {
        expect(error).toMatchObject({ name: "AuthenticationRefused" })
        return false
      }
    })

  test.each([
    ["scram-sha-256", rule("allow", "scram-sha-256"), ["scram-sha-256"]],
    ["md5,scram-sha-256", rule("allow", "md5", "scram-sha-256"), ["md5", "scram-sha-256"]],
    ["none", rule("allow", "none"), ["none"]],
    ["!none", rule("deny", "none"), ["password", "md5", "scram-sha-256"]],
    ["!password,!md5", rule("deny", "password", "md5"), ["none", "scram-sha-256"]],
    ["gss", rule("allow", "gss"), []],
    ["nothing", {}, ["none", "password", "md5", "scram-sha-256"]],
  ] as const)("%s", (_, settings, expected) => {
    expect(passing(settings)).toEqual(expected)
  })
})

describe("channel_binding=require", () => {
  const settings = { channelBinding: "require" } as const
  test("passes with SCRAM-SHA-256-PLUS alone", () => {
    expect(run(scram(BOTH, "SCRAM-SHA-256-PLUS"), settings).method).toBe("scram-sha-256-plus")
    for (const steps of [[ok], [asks(3)], [asks(5)], scram(), scram(BOTH)])
      expect(() => run(steps, settings)).toThrow(expect.objectContaining({ name: "AuthenticationRefused" }))
  })
})

describe("unsupported requests are named", () => {
  test.each([
    [2, NONE, "Kerberos V5"],
    [7, NONE, "GSSAPI"],
    [9, NONE, "SSPI"],
    [77, NONE, "77"],
    [10, Buffer.from("OAUTHBEARER\0\0"), "OAUTHBEARER"],
  ])("request %i", (kind, body, name) => {
    expect(() => run([asks(kind, body)])).toThrow(
      expect.objectContaining({ name: "AuthenticationRefused", message: expect.stringContaining(name) }),
    )
  })
})
