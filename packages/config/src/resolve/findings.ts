import type { ConnectionWarning } from "@pgsd/driver"
import type { ConfigErrorCode, ConfigIssue } from "../errors.ts"

/** Collects problems, so that all are reported at once, and warnings. */
export class Findings {
  readonly issues: ConfigIssue[] = []
  readonly warnings: ConnectionWarning[] = []

  issue(
    code: ConfigErrorCode,
    message: string,
    details: { key?: string; source?: string | undefined; hint?: string | undefined } = {},
  ): void {
    this.issues.push({ code, message, ...details })
  }

  warn(code: string, message: string): void {
    if (!this.warnings.some((each) => each.message === message)) this.warnings.push({ code, message })
  }
}
