import { batchLaws } from "./batch-laws.ts"
import { cancelLaws } from "./cancel-laws.ts"
import { closeLaws } from "./close-laws.ts"
import { connectLaws } from "./connect-laws.ts"
import { copyLaws } from "./copy-laws.ts"
import { errorLaws } from "./error-laws.ts"
import type { LawFamily } from "./law.ts"
import { lossLaws } from "./loss-laws.ts"
import { messageLaws } from "./message-laws.ts"
import { peerLaws } from "./peer-laws.ts"
import { pipelineLaws } from "./pipeline-laws.ts"
import { processLaws } from "./process-laws.ts"
import { secretLaws } from "./secret-laws.ts"
import { silenceLaws } from "./silence-laws.ts"
import { statementLaws } from "./statement-laws.ts"
import { statusLaws } from "./status-laws.ts"
import { valueLaws } from "./value-laws.ts"

/** All laws of the driver contract, in the order of the report. */
export const lawFamilies: readonly LawFamily[] = [
  connectLaws,
  peerLaws,
  statementLaws,
  valueLaws,
  errorLaws,
  statusLaws,
  messageLaws,
  pipelineLaws,
  batchLaws,
  cancelLaws,
  copyLaws,
  lossLaws,
  silenceLaws,
  closeLaws,
  processLaws,
  secretLaws,
]
