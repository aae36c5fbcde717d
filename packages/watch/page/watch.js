// @ts-check
// Text from the server reaches the page only through text nodes.
import { chartOf } from "./chart.js"

/** @typedef {import("../src/update.ts").Update} Update */
/** @typedef {import("../src/update.ts").PoolUpdate} PoolUpdate */
/** @typedef {import("../src/update.ts").Sample} Sample */
/** @typedef {import("../src/update.ts").Occurrence} Occurrence */
/** @typedef {import("../src/update.ts").Percentiles} Percentiles */

/** The same limits as on the server. */
const MOST_SAMPLES = 1_200
const MOST_OCCURRENCES = 200

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {string} [className]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
function element(name, className = "", ...children) {
  const made = document.createElement(name)
  if (className !== "") made.className = className
  made.append(...children)
  return made
}

const live = /** @type {HTMLElement} */ (document.getElementById("live"))
const main = /** @type {HTMLElement} */ (document.getElementById("pools"))

/** In the order of the list that is watched: labels may be equal, and change. @type {ReturnType<typeof poolView>[]} */
const views = []

const events = new EventSource("events")
events.addEventListener("message", ({ data }) => {
  /** @type {Update} */
  const update = JSON.parse(data)
  say("live", "on")
  for (const [at, pool] of update.pools.entries()) {
    views[at] ??= poolView()
    views[at].show(pool)
  }
})
events.addEventListener("error", () => say("the watched program does not respond", "off"))

/** @param {string} text @param {string} className */
function say(text, className) {
  if (live.textContent === text) return
  live.textContent = text
  live.className = className
}

/** @param {number} ms rounded to three significant digits */
function milliseconds(ms) {
  if (ms >= 9_995) return `${(ms / 1000).toFixed(1)} s`
  return `${ms < 0.005 ? "0" : ms.toFixed(ms >= 99.95 ? 0 : ms >= 9.995 ? 1 : 2)} ms`
}

/** @param {number} value */
const rate = (value) => (value >= 10 || value === 0 ? String(Math.round(value)) : value.toFixed(1))

function poolView() {
  /** @type {Sample[]} */
  let samples = []
  /** @type {Map<number, Occurrence>} */
  const occurrences = new Map()

  const state = element("span", "badge")
  const health = element("span", "badge", "health unknown")
  const heading = element("h2")
  const numbers = element("dl", "numbers")
  const list = element("ol")
  list.tabIndex = 0
  const none = element("p", "none", "Nothing yet.")
  const connections = chartParts("Connections", ["leased", "idle", "connecting", "busy", "waiting"])
  const acquire = chartParts("Time to get a connection", ["p50", "p95", "p99"])
  const query = chartParts("Time of queries", ["p50", "p95", "p99"])
  const section = element(
    "section",
    "pool",
    element("header", "", heading, state, health),
    numbers,
    element("div", "charts", connections.part, acquire.part, query.part),
    element("div", "occurrences", element("h3", "", "Events, latest first"), none, list),
  )
  main.append(section)

  const line = (/** @type {string} */ name, /** @type {(sample: Sample) => number | null} */ ask, stacked = false) => ({
    name,
    ask,
    stacked,
  })
  const times = (/** @type {"acquire" | "query"} */ of) =>
    ["p50", "p95", "p99"].map((name, at) => line(name, (sample) => sample[of]?.[at] ?? null))
  const charts = [
    chartOf(
      connections.plot,
      [
        line("leased", ({ leased }) => leased, true),
        line("idle", ({ idle }) => idle, true),
        line("connecting", ({ connecting }) => connecting, true),
        line("busy", ({ busy }) => busy, true),
        line("waiting", ({ waiting }) => waiting),
      ],
      { unit: "", least: 4 },
    ),
    chartOf(acquire.plot, times("acquire"), { unit: " ms", least: 1 }),
    chartOf(query.plot, times("query"), { unit: " ms", least: 1 }),
  ]

  return {
    /** @param {PoolUpdate} update */
    show(update) {
      samples = [...samples, ...update.samples].slice(-MOST_SAMPLES)
      const { stats } = update
      name(update.label)
      const last = samples.at(-1)
      state.textContent = stats.state
      state.className = stats.state === "open" ? "badge" : "badge bad"
      showHealth(update.health)
      const failures = stats.connectErrors + stats.lost + stats.timeouts
      numbers.replaceChildren(
        numberOf("in use", `${stats.leased}`, `of ${stats.max}`),
        numberOf("idle", `${stats.idle}`),
        numberOf("waiting callers", `${stats.waiting}`, "", stats.waiting > 0),
        numberOf("to get one, p95", ...timeOf(last?.acquire)),
        numberOf("query, p95", ...timeOf(last?.query)),
        numberOf("queries", rate(last?.queriesPerSecond ?? 0), "per s"),
        numberOf("lost, failed, timed out", `${failures}`),
      )
      for (const chart of charts) chart.show(samples)
      if (last !== undefined) {
        connections.tell([last.leased, last.idle, last.connecting, last.busy, last.waiting].map(String))
        acquire.tell((last.acquire ?? []).map(milliseconds))
        query.tell((last.query ?? []).map(milliseconds))
      }
      if (update.occurrences.length > 0) showOccurrences(update.occurrences)
    },
  }

  /** @param {string} label */
  function name(label) {
    if (heading.textContent === label) return
    heading.textContent = label
    section.setAttribute("aria-label", label)
    list.setAttribute("aria-label", `Events of ${label}`)
  }

  /** @param {PoolUpdate["health"]} found */
  function showHealth(found) {
    const text =
      found === undefined
        ? "health unknown"
        : found.healthy
          ? "healthy"
          : `not healthy${found.failure === undefined ? "" : `: ${found.failure.message}`}`
    if (health.textContent === text) return
    health.textContent = text
    health.className = `badge ${found === undefined ? "" : found.healthy ? "good" : "bad"}`
  }

  /** @param {readonly Occurrence[]} added */
  function showOccurrences(added) {
    for (const each of added) {
      occurrences.delete(each.id)
      occurrences.set(each.id, each)
    }
    for (const id of occurrences.keys()) {
      if (occurrences.size <= MOST_OCCURRENCES) break
      occurrences.delete(id)
    }
    none.hidden = occurrences.size > 0
    list.replaceChildren(...[...occurrences.values()].reverse().map(occurrenceItem))
  }
}

/** @param {Percentiles | null | undefined} percentiles @returns {[string, string]} */
function timeOf(percentiles) {
  if (percentiles == null) return ["–", ""]
  const [value = "", unit = ""] = milliseconds(percentiles[1]).split(" ")
  return [value, unit]
}

/** @param {string} label @param {string} value @param {string} after @param {boolean} alarm */
function numberOf(label, value, after = "", alarm = false) {
  return element(
    "div",
    alarm ? "alarm" : "",
    element("dt", "", label),
    element("dd", "", value, ...(after === "" ? [] : [" ", element("small", "", after)])),
  )
}

/** @param {string} title @param {readonly string[]} names */
function chartParts(title, names) {
  const plot = element("div", "plot")
  plot.setAttribute("aria-hidden", "true")
  const items = names.map((name) => element("li", name, name === "busy" ? "checking, resetting, closing" : name))
  const labels = items.map((item) => item.textContent ?? "")
  return {
    plot,
    part: element("div", "chart", element("h3", "", title), plot, element("ul", "legend", ...items)),
    /** @param {readonly string[]} values the latest, for users who do not see the lines */
    tell(values) {
      for (const [at, item] of items.entries())
        item.textContent = values[at] === undefined ? (labels[at] ?? "") : `${labels[at]} ${values[at]}`
    },
  }
}

/** @param {Occurrence} occurrence */
function occurrenceItem({ kind, at, count, text, failure, sql }) {
  const good = kind === "connect" || kind === "evict"
  const time = element("time", "", new Date(at).toLocaleTimeString(undefined, { hour12: false }))
  time.dateTime = new Date(at).toISOString()
  const mark = element("span", "mark", kind === "connect" ? "+" : good ? "i" : "✗")
  mark.setAttribute("aria-hidden", "true")
  const body = element("div", "", element("p", "", text, ...(count > 1 ? [element("span", "count", ` (${count} times)`)] : [])))
  if (sql !== undefined) body.append(element("p", "", element("code", "", sql)))
  if (failure !== undefined) {
    const { message, code, sqlState, hint } = failure
    const codes = [code, sqlState && `SQLSTATE ${sqlState}`].filter((each) => each !== undefined && each !== "").join(", ")
    body.append(element("p", "", codes === "" ? message : `${message} [${codes}]`))
    if (hint !== undefined) body.append(element("p", "", `→ ${hint}`))
  }
  return element("li", good ? "good" : "bad", time, mark, body)
}
