import { quoteLiteral } from "@pgsd/driver"

type SettingValue = string | number | boolean

/** Speed over safety: the data lives as long as a test. Everything else is PostgreSQL's own default. */
export const FOR_TESTS: Readonly<Record<string, SettingValue>> = {
  fsync: false,
  full_page_writes: false,
  shared_buffers: "32MB",
  max_wal_size: "1GB",
  password_encryption: "scram-sha-256",
  timezone: "UTC",
  log_timezone: "UTC",
  // In the data folder, where it goes with the rest when the server is killed; POSIX shared memory would stay.
  dynamic_shared_memory_type: "mmap",
}

/** The text of a settings file: ours, then the server's place, then the caller's, the last of a name wins. */
export function settingsFile(place: Readonly<Record<string, SettingValue>>, own: Readonly<Record<string, SettingValue>> = {}): string {
  return Object.entries({ ...FOR_TESTS, ...place, ...own })
    .map(([name, value]) => `${name} = ${typeof value === "boolean" ? (value ? "on" : "off") : inFile(String(value))}\n`)
    .join("")
}

// A settings file knows '' and backslash escapes inside quotes.
function inFile(value: string): string {
  return quoteLiteral(value).replace(/^ E/, "")
}
