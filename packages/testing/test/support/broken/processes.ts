/** Programs whose driver mishandles the process, by the law that must fail. */
export const brokenPrograms: readonly { readonly law: string; readonly fault: string; readonly module: URL }[] = [
  {
    law: "an unref'd idle connection lets the process end",
    fault: "unref() does nothing",
    module: new URL("../programs/never-lets-go.ts", import.meta.url),
  },
  {
    law: "a query under way keeps the process alive, an unref'd connection's too",
    fault: "nothing holds the process",
    module: new URL("../programs/always-lets-go.ts", import.meta.url),
  },
]
