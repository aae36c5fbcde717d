/** The codes that this package adds to the driver's. */
export type ConnectorErrorCode =
  | "PGSD_CONNECTOR_CLOSED" // a connector was used after close()
  | "PGSD_PREFLIGHT_TIMEOUT" // connecting and examining the server took longer than preflight's `timeoutMs`
