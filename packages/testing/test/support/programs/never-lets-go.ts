import { withConnections } from "../wrap.ts"
import { driver as plain } from "./plain.ts"

/** unref() does nothing. */
export const driver = withConnections(plain, () => ({ unref: () => {} }))
