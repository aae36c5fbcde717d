import { createConfigurationManager } from "@pgsd/config"

const manager = createConfigurationManager({ file: false, env: { PGSD_PROFILE: "production", PGSD_SOURCE_URL: "host=/tmp user=app" } })
const { driver, databases } = await manager.getConfiguration()
console.log(driver, databases.source.pool.max, databases.source.connection.tls.mode) // => pg 10 verify-full
