import { library } from "../../tsup.base.ts"

export default library([
  "src/index.ts",
  "src/adapter/index.ts",
  "src/calls/index.ts",
  "src/open/index.ts",
  "src/session/index.ts",
  "src/socket/index.ts",
])
