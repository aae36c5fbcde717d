/** What this package adds to the driver's codes. */
export type ConnectorErrorCode =
  | "PGSD_CONNECTOR_CLOSED" // a connector was used after close()
  | "PGSD_PREFLIGHT_TIMEOUT" // connecting and looking at the server took longer than preflight's `timeoutMs`
