/** The blocks of a PEM file whose label is one of `labels`. */
export function pemBlocks(text: string, labels: readonly string[]): string[] {
  const blocks = text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g)
  return [...blocks].filter(([, label]) => labels.includes(label!)).map(([block]) => `${block}\n`)
}

export const CERTIFICATE_LABELS: readonly string[] = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"]
export const CRL_LABELS: readonly string[] = ["X509 CRL"]
