import { acquireSection } from "./acquire.ts"
import { drainSection } from "./drain.ts"
import { faultsSection } from "./faults.ts"
import { memorySection } from "./memory.ts"
import { mixSection } from "./mix.ts"
import { querySection } from "./query.ts"
import { restartSection } from "./restart.ts"
import type { Section } from "./section.ts"
import { sizeSection } from "./size.ts"
import { spikeSection } from "./spike.ts"
import { stormSection } from "./storm.ts"
import { timeoutSection } from "./timeout.ts"
import {
  connectSection,
  copySection,
  insertsSection,
  integrationsSection,
  resultsSection,
  tlsSection,
  transactionsSection,
} from "./workloads.ts"

/** In the order of the README. */
export const SECTIONS: Readonly<Record<string, Section>> = {
  faults: faultsSection,
  query: querySection,
  mix: mixSection,
  inserts: insertsSection,
  results: resultsSection,
  copy: copySection,
  transactions: transactionsSection,
  tls: tlsSection,
  connect: connectSection,
  integrations: integrationsSection,
  acquire: acquireSection,
  drain: drainSection,
  timeout: timeoutSection,
  spike: spikeSection,
  storm: stormSection,
  restart: restartSection,
  memory: memorySection,
  size: sizeSection,
}
