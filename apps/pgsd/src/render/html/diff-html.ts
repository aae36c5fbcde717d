import { createHash } from "node:crypto"
import type { PreflightReport } from "@pgsd/connector"
import { OBJECT_KINDS } from "../../model/catalog.ts"
import type { Change, Comparison } from "../../model/difference.ts"
import type { DiffReport } from "../../model/report.ts"
import { ownFile } from "../../own-files.ts"
import { MARKS } from "../difference-lines.ts"
import { factLabel, kindLabelPlural } from "../labels.ts"
import { factText } from "../object-line.ts"
import { printable } from "../printable.ts"
import { summaryLine } from "../summary.ts"
import { schemasData } from "./difference-data.ts"
import type { KindCounts, PageData } from "./page-data.ts"
import { serverData } from "./server-data.ts"

/** What is known about both servers besides their schemas; absent for a side that is not a server. */
export interface Preflights {
  readonly source?: PreflightReport | undefined
  readonly target?: PreflightReport | undefined
}

/**
 * The comparison as a self-contained page: style, script and data are in it, and its Content-Security-Policy allows nothing else. Text
 * from the databases is only in the data, which the script turns into text nodes.
 */
export function diffHtml(report: DiffReport, preflights: Preflights = {}): string {
  const style = ownFile("page/report.css")
  const script = ownFile("page/report.js")
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ")
  const title = `${report.source.place} → ${report.target.place}`
  const parts: Readonly<Record<string, string>> = {
    policy,
    title: escaped(printable(title)),
    summary: escaped(summaryLine(report)),
    style,
    script,
    data: dataOf(pageData(report, preflights)),
  }
  return ownFile("page/report.html").replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name]!)
}

function pageData(report: DiffReport, preflights: Preflights): PageData {
  const { source, target, differences, environment } = report
  return {
    marks: MARKS,
    summary: summaryLine(report),
    equal: differences.length === 0,
    servers: [serverData("source", source, preflights.source), serverData("target", target, preflights.target)],
    counts: countsOf(report),
    schemas: schemasData(differences),
    notCompared: notComparedOf(report),
    environment: environment.map(({ name, source, target }) => [factLabel(name), factText(source), factText(target)]),
  }
}

function countsOf({ differences, compared }: Comparison): KindCounts[] {
  return OBJECT_KINDS.flatMap((kind) => {
    const of = differences.filter((difference) => difference.kind === kind)
    const count = (change: Change) => of.filter((difference) => difference.change === change).length
    if (of.length === 0 && compared[kind] === undefined) return []
    const [removed, added, changed] = [count("removed"), count("added"), count("changed")]
    return [{ kind, label: kindLabelPlural(kind), removed, added, changed, compared: compared[kind] ?? 0 }]
  })
}

function notComparedOf({ source, target }: DiffReport): PageData["notCompared"] {
  const kinds = [...new Set([...source.notCompared, ...target.notCompared].map(({ kind }) => kind))]
  const count = (side: DiffReport["source"], kind: string) => side.notCompared.find((each) => each.kind === kind)?.count ?? 0
  return kinds.map((kind) => [printable(kind), count(source, kind), count(target, kind)])
}

/** JSON that cannot end the element that contains it. */
function dataOf(data: PageData): string {
  return JSON.stringify(data).replaceAll("<", "\\u003c")
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!)
}
