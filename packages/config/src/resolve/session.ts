import type { SessionSettings } from "@pgsd/driver"
import type { Findings } from "./findings.ts"
import type { Environment } from "./home.ts"
import { nonEmpty, type Settings } from "./settings.ts"

/** The settings in the startup packet besides user and database (fe-protocol3.c, build_startup_packet). */
export function resolveSession(settings: Settings, env: Environment, findings: Findings): SessionSettings {
  // An empty application_name hides the fallback, as in libpq.
  const name = settings.has("application_name") ? nonEmpty(settings, "application_name") : nonEmpty(settings, "fallback_application_name")
  return {
    ...(name === undefined ? {} : { applicationName: name }),
    ...(nonEmpty(settings, "options") === undefined ? {} : { options: settings.get("options")!.value }),
    settings: startupVariables(env, findings),
  }
}

const VARIABLES = [
  ["PGDATESTYLE", "DateStyle"],
  ["PGTZ", "TimeZone"],
  ["PGGEQO", "geqo"],
] as const

/** The sources of settings that are not keywords of a connection string. */
export function startupSources({ settings }: SessionSettings): Record<string, string> {
  const sent = VARIABLES.filter(([, name]) => settings[name] !== undefined)
  return Object.fromEntries(sent.map(([variable, name]) => [name, `environment variable ${variable}`]))
}

// PGDATESTYLE, PGTZ and PGGEQO have no keywords; "default" means not to send them.
function startupVariables(env: Environment, findings: Findings): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const [variable, name] of VARIABLES) {
    const value = env[variable]
    if (value === undefined || value.toLowerCase() === "default") continue
    settings[name] = name === "DateStyle" ? isoDateStyle(value, findings) : value
  }
  return settings
}

// Output is always in ISO style, which the drivers parse. The order of day and month for input is kept.
function isoDateStyle(value: string, findings: Findings): string {
  const order = /\b(dmy|euro(?:pean)?)\b/i.test(value)
    ? "DMY"
    : /\b(mdy|us|noneuro(?:pean)?)\b/i.test(value)
      ? "MDY"
      : /\bymd\b/i.test(value)
        ? "YMD"
        : undefined
  const style = /\b(german|sql|postgres)\b/i.exec(value)?.[1]?.toLowerCase()
  if (style !== undefined)
    findings.warn(
      "DATESTYLE_IS_ISO",
      "environment variable PGDATESTYLE: values are read in ISO style, so only its order of day and month is used",
    )
  const implied = order ?? (style === "german" ? "DMY" : undefined)
  return implied === undefined ? "ISO" : `ISO, ${implied}`
}
