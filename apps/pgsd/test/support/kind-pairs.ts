import { DATABASE_PAIRS } from "./database-pairs.ts"
import { DEFINITION_PAIRS } from "./definition-pairs.ts"
import { EXTENSION_PAIRS } from "./extension-pairs.ts"
import { INHERITANCE_PAIRS } from "./inheritance-pairs.ts"
import { SCRIPT_PAIRS } from "./script-pairs.ts"
import { STORAGE_PAIRS } from "./storage-pairs.ts"

/** Every kind and state that used to be ignored silently, and reported ones. */
export const KIND_PAIRS = [
  ...STORAGE_PAIRS,
  ...DEFINITION_PAIRS,
  ...DATABASE_PAIRS,
  ...SCRIPT_PAIRS,
  ...EXTENSION_PAIRS,
  ...INHERITANCE_PAIRS,
]
