import type { ParameterName } from "../parameters/table.ts"

/** The layer that a value comes from, strongest first. */
export type Layer = "override" | "connection" | "profile" | "service" | "environment" | "default" | "derived"

export interface Setting {
  readonly value: string
  readonly layer: Layer
  /** The layer's name in errors and explainConnection. */
  readonly source: string
}

/** Every parameter that has a value, with its layer. */
export type Settings = ReadonlyMap<ParameterName, Setting>

/** The value, if not empty: after merging, most of libpq treats an empty value as none. */
export function nonEmpty(settings: Settings, key: ParameterName): string | undefined {
  const value = settings.get(key)?.value
  return value === "" ? undefined : value
}

/** The description of a variable as a source; an empty variable is a value for libpq, which is often a surprise. */
export function variable(name: string, value: string | undefined): string {
  return `environment variable ${name}${value === "" ? " (set but empty)" : ""}`
}
