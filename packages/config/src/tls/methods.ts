import type { SslMode } from "@pgsd/driver"

/** What is tried on a TCP host, in order (fe-connect.c, select_next_encryption_method); a Unix socket is plain in every mode. */
export const METHODS: Readonly<Record<SslMode, readonly ("plain" | "tls")[]>> = {
  disable: ["plain"],
  allow: ["plain", "tls"],
  prefer: ["tls", "plain"],
  require: ["tls"],
  "verify-ca": ["tls"],
  "verify-full": ["tls"],
}
