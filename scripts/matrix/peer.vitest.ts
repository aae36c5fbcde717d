import { mergeConfig } from "vitest/config"
import config from "../../vitest.config.ts"

const { MATRIX_PEER: peer = "", MATRIX_PEER_FOLDER: folder = "" } = process.env

/** The workspace's tests, with one peer in another version. */
export default mergeConfig(config, {
  resolve: { alias: [{ find: new RegExp(`^${peer}(?=/|$)`), replacement: folder }] },
  test: { maxWorkers: 1, reporters: [] },
})
