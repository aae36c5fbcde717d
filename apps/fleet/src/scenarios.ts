import type { SimulatedServer } from "./server.ts"

/** A fault of the server. Times are in ms since the start of the run. */
export interface Scenario {
  readonly name: string
  readonly title: string
  /** When the server is available again. */
  readonly returnsAt: number
  readonly steps: readonly (readonly [at: number, act: (server: SimulatedServer) => void])[]
}

/** When every process has reached its steady state. */
const BEGINS = 10_000

/** The server stops, nothing listens for 5 s, and for another second it responds that it is starting. */
const STOPPED: Scenario["steps"] = [
  [
    BEGINS,
    (server) => {
      server.state = "refused"
      server.cut()
    },
  ],
  [
    BEGINS + 5_000,
    (server) => {
      server.state = "starting"
    },
  ],
  [
    BEGINS + 6_000,
    (server) => {
      server.state = "up"
    },
  ],
]

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "restart",
    title: "restart: nothing listens for 5 s, then 57P03 for 1 s",
    returnsAt: BEGINS + 6_000,
    steps: STOPPED,
  },
  {
    name: "limit",
    title: "limit: for 10 s only 300 slots are left",
    returnsAt: BEGINS + 10_000,
    steps: [
      [
        BEGINS,
        (server) => {
          server.slots *= 0.6
        },
      ],
      [
        BEGINS + 10_000,
        (server) => {
          server.slots /= 0.6
        },
      ],
    ],
  },
  {
    name: "slow-start",
    title: "slow start: as restart, then 150 logins per second for 10 s",
    returnsAt: BEGINS + 6_000,
    steps: [
      ...STOPPED,
      [
        BEGINS + 6_000,
        (server) => {
          server.loginsPerSecond = 150
        },
      ],
      [
        BEGINS + 16_000,
        (server) => {
          server.loginsPerSecond = 2_000
        },
      ],
    ],
  },
  {
    name: "failover",
    title: "failover: the primary is unresponsive for 6 s, then another server has its address",
    returnsAt: BEGINS + 6_000,
    steps: [
      [
        BEGINS,
        (server) => {
          server.state = "silent"
        },
      ],
      [
        BEGINS + 6_000,
        (server) => {
          server.state = "up"
          server.cut()
        },
      ],
    ],
  },
  {
    name: "dns",
    title: "DNS change: sessions end, and for 5 s the name resolves to an address that does not answer",
    returnsAt: BEGINS + 5_000,
    steps: [
      [
        BEGINS,
        (server) => {
          server.state = "silent"
          server.cut()
        },
      ],
      [
        BEGINS + 5_000,
        (server) => {
          server.state = "up"
        },
      ],
    ],
  },
]
