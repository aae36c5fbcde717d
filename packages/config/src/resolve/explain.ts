import { type ConnectionConfig, hostAndPort, hostName } from "@pgsd/driver"
import { PARAMETERS } from "../parameters/table.ts"
import type { Settings } from "./settings.ts"

/** One parameter of an explanation of a connection, with its source. */
export interface ExplainedSetting {
  readonly key: string
  /** `"[secret]"` for a password. */
  readonly value: string
  /** `"environment variable PGHOST"`, `"service file \"…\", line 12"`, `"profile production"`, `"default"`. */
  readonly source: string
  /** A remark: why it has no effect, or what replaced an empty value. */
  readonly note?: string | undefined
}

const EXPLANATIONS = new WeakMap<ConnectionConfig, { readonly settings: Settings; readonly passwordSources: readonly string[] }>()

/** Keeps the input of {@link explainConnection}: the strings before they become hosts, milliseconds and certificates. */
export function rememberExplanation(config: ConnectionConfig, settings: Settings, passwordSources: readonly string[]): void {
  EXPLANATIONS.set(config, { settings, passwordSources })
}

/**
 * Explains a connection: every parameter that has a value, in libpq's order, with its source and without secrets, then what was derived
 * from them: hosts, TLS mode, password sources.
 *
 * @throws TypeError for a configuration not created by resolveConnection
 */
export function explainConnection(config: ConnectionConfig): readonly ExplainedSetting[] {
  const known = EXPLANATIONS.get(config)
  if (known === undefined) throw new TypeError("explainConnection requires the result of resolveConnection")
  const rows: ExplainedSetting[] = []
  for (const { name, secret, effect, meaning } of PARAMETERS) {
    const setting = known.settings.get(name)
    if (setting === undefined) continue
    const note = effect === "no effect" && setting.layer !== "default" ? `no effect: ${meaning}` : undefined
    rows.push({
      key: name,
      value: secret && setting.value !== "" ? "[secret]" : setting.value,
      source: setting.source,
      ...(note === undefined ? {} : { note }),
    })
  }
  return [...rows, ...outcomes(config, known.settings, known.passwordSources)]
}

function outcomes(config: ConnectionConfig, settings: Settings, passwordSources: readonly string[]): ExplainedSetting[] {
  const { tls } = config
  const sourceOf = (key: "host" | "sslrootcert" | "sslcert" | "sslmode") => settings.get(key)?.source ?? "default"
  const rows: ExplainedSetting[] = config.hosts.map((host, index) => ({
    key: config.hosts.length === 1 ? "→ host" : `→ host ${index + 1}`,
    value:
      host.kind === "unix"
        ? host.path
        : `${hostAndPort(hostName(host), host.port)}${host.name !== undefined && host.address !== undefined ? ` at ${host.address}` : ""}`,
    source: settings.get("hostaddr")?.value ? settings.get("hostaddr")!.source : sourceOf("host"),
  }))
  const overTcp = config.hosts.some((host) => host.kind === "tcp")
  const verifies = {
    none: "no verification",
    ca: "the certificate chain is verified",
    full: "the certificate chain and the host name are verified",
  }[tls.verify]
  rows.push({
    key: "→ encryption",
    value: overTcp ? tls.methods.join(", then ") : "plain",
    source: overTcp ? sourceOf("sslmode") : "Unix sockets are never encrypted",
  })
  if (overTcp && tls.methods.includes("tls"))
    rows.push({
      key: "→ verification",
      value: verifies,
      source: tls.roots === undefined ? "no trusted roots" : `trusted roots: ${tls.roots.from}`,
    })
  if (tls.cert !== undefined) rows.push({ key: "→ client certificate", value: "sent on request", source: sourceOf("sslcert") })
  rows.push({ key: "→ password", value: "tried in this order", source: passwordSources.join(", then ") })
  return rows
}
