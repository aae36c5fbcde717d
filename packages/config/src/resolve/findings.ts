import type { ConnectionWarning } from "@pgsd/driver"
import type { ConfigErrorCode, ConfigIssue } from "../errors.ts"

/** Collects problems, to report them all at once, and warnings. */
export class Findings {
  readonly issues: ConfigIssue[] = []
  readonly warnings: ConnectionWarning[] = []

  issue(
    code: ConfigErrorCode,
    message: string,
    details: { key?: string; source?: string | undefined; hint?: string | undefined } = {},
  ): void {
    if (!this.issues.some((each) => each.message === message && each.key === details.key)) this.issues.push({ code, message, ...details })
  }

  warn(code: string, message: string): void {
    if (!this.warnings.some((each) => each.message === message)) this.warnings.push({ code, message })
  }
}
