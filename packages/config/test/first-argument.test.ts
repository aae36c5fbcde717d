import { expect, test } from "vitest"
import { resolveConnection } from "../src/index.ts"

const url = "postgresql://ada@db.example.com:6000/shop?sslmode=disable"

test("a connection string, a URL, and options that contain it are equivalent", async () => {
  const options = { env: {} }
  for (const config of [
    await resolveConnection(url, options),
    await resolveConnection(new URL(url), options),
    await resolveConnection({ connection: url, ...options }),
  ])
    expect(config).toMatchObject({
      hosts: [{ name: "db.example.com", port: 6000 }],
      user: "ada",
      database: "shop",
      tls: { mode: "disable" },
    })
})

test("an unknown option beside the string is refused", async () => {
  await expect(resolveConnection(url, { environment: {} } as never)).rejects.toMatchObject({ code: expect.stringMatching(/^PGSD_/) })
})
