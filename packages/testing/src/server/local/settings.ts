import { quoteLiteral } from "@pgsd/driver"

type SettingValue = string | number | boolean

/** Speed over durability: the data lives as long as a test. Everything else is PostgreSQL's default. */
export const FOR_TESTS: Readonly<Record<string, SettingValue>> = {
  fsync: false,
  full_page_writes: false,
  shared_buffers: "32MB",
  max_wal_size: "1GB",
  password_encryption: "scram-sha-256",
  timezone: "UTC",
  log_timezone: "UTC",
  // In the data folder, which is removed even if the server is killed; POSIX shared memory would remain.
  dynamic_shared_memory_type: "mmap",
}

/** The contents of a settings file: this package's settings, the server's place, the caller's settings; the last one of a name wins. */
export function settingsFile(place: Readonly<Record<string, SettingValue>>, own: Readonly<Record<string, SettingValue>> = {}): string {
  return Object.entries({ ...FOR_TESTS, ...place, ...own })
    .map(([name, value]) => `${name} = ${typeof value === "boolean" ? (value ? "on" : "off") : inFile(String(value))}\n`)
    .join("")
}

// Quoted values in a settings file have '' and backslash escapes.
function inFile(value: string): string {
  return quoteLiteral(value).replace(/^ E/, "")
}
