/** Programs whose driver mishandles the process, by the law that must fail. */
export const brokenPrograms: readonly { readonly law: string; readonly fault: string; readonly module: URL }[] = [
  {
    law: "an unref'd idle connection lets the process end",
    fault: "unref() has no effect",
    module: new URL("../programs/never-lets-go.ts", import.meta.url),
  },
  {
    law: "a query in flight keeps the process alive, also on an unref'd connection",
    fault: "nothing keeps the process alive",
    module: new URL("../programs/always-lets-go.ts", import.meta.url),
  },
]
