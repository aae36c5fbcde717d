import { withConnections } from "../wrap.ts"
import { driver as plain } from "./plain.ts"

/** unref() has no effect. */
export const driver = withConnections(plain, () => ({ unref: () => {} }))
