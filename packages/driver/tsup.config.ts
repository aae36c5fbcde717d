import { library } from "../../tsup.base.ts"

export default library(["src/index.ts", "src/open/index.ts", "src/session/index.ts", "src/socket/index.ts"])
