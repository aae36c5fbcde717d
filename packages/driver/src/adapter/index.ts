/** What an adapter is built from, whether its driver has a socket or not. */
export { encodingChanged } from "./client-encoding.ts"
export { combinedResult } from "./combined-result.ts"
export { CopyReader } from "./copy-reader.ts"
export { encodeSteps } from "./pipeline-steps.ts"
export { serializeParameters } from "./serialize-parameters.ts"
export { mustPrepareAgain, StatementNames, takesPrepared } from "./statement-names.ts"
export { serializeParameter } from "./values/serialize-parameter.ts"
export { parseValue, valueParsers } from "./values.ts"
