import type { ParameterName } from "../parameters/table.ts"

/** Which layer a value comes from, strongest first. */
export type Layer = "override" | "connection" | "profile" | "service" | "environment" | "default" | "derived"

export interface Setting {
  readonly value: string
  readonly layer: Layer
  /** The layer's name in errors and explainConnection. */
  readonly source: string
}

/** Every parameter that has a value, with the layer that gave it. */
export type Settings = ReadonlyMap<ParameterName, Setting>

/** The value, where the parameter has one that is not empty: most of libpq treats an empty value as none once layers are merged. */
export function nonEmpty(settings: Settings, key: ParameterName): string | undefined {
  const value = settings.get(key)?.value
  return value === "" ? undefined : value
}

/** The name of a variable as a source; a set but empty one is a value for libpq, and often a surprise. */
export function variable(name: string, value: string | undefined): string {
  return `environment variable ${name}${value === "" ? " (set but empty)" : ""}`
}
