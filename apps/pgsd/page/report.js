// @ts-check
// The script of the HTML report. What comes from a database reaches the page through text nodes alone.
;(() => {
  /** @typedef {import("../src/render/html/page-data.ts").PageData} PageData */
  /** @typedef {import("../src/render/html/page-data.ts").ObjectData} ObjectData */
  /** @typedef {import("../src/render/html/page-data.ts").DifferenceData} DifferenceData */
  /** @typedef {import("../src/render/html/page-data.ts").FactData} FactData */
  /** @typedef {import("../src/render/html/page-data.ts").CellData} CellData */
  /** @typedef {import("../src/render/html/page-data.ts").RowData} RowData */
  /** @typedef {import("../src/model/difference.ts").Change} Change */

  /** @type {PageData} */
  const data = JSON.parse(byId("data").textContent ?? "")

  /** @type {Readonly<Record<Change, string>>} */
  const CHANGES = { removed: "only in source", added: "only in target", changed: "changed" }
  const CHANGE_NAMES = /** @type {Change[]} */ (Object.keys(CHANGES))

  /** @param {string} id */
  function byId(id) {
    const found = document.getElementById(id)
    if (found === null) throw new Error(`the page has no #${id}`)
    return found
  }

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

  /** @param {Change} change */
  function markOf(change) {
    const mark = element("span", `mark ${change}`, data.marks[change])
    mark.setAttribute("aria-hidden", "true")
    return mark
  }

  /** @param {readonly (readonly [string, string])[]} pairs */
  function listOf(pairs, className = "") {
    return element("dl", className, ...pairs.flatMap(([label, value]) => [element("dt", "", label), element("dd", "", value)]))
  }

  /** @param {number} count @param {string} one */
  const counted = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`

  // Servers ----------------------------------------------------------------------------------------

  for (const server of data.servers) {
    const heading = element("h2", "", element("small", "", server.side), server.place)
    const card = element("section", "server", heading, listOf(server.facts))
    if (server.findings.length > 0) {
      const items = server.findings.map(({ level, sign: mark, found, why, fix, statements = [] }) => {
        const sign = element("span", "sign", mark)
        sign.title = level
        const item = element("li", level, sign, found)
        const wanted = level === "warn" || level === "fail"
        if (wanted && why !== undefined) item.append(element("p", "", why))
        if (wanted && fix !== undefined) item.append(element("p", "", `Fix: ${fix}`))
        if (wanted && statements.length > 0) item.append(element("code", "statements", statements.join("\n")))
        return item
      })
      const warnings = server.findings.filter(({ level }) => level === "warn" || level === "fail").length
      const title = `Preflight: ${counted(server.findings.length, "finding")}, ${warnings === 0 ? "none needs attention" : `${warnings} to look at`}`
      card.append(element("details", "", element("summary", "", title), element("ul", "findings", ...items)))
    }
    byId("servers").append(card)
  }

  // Overview ---------------------------------------------------------------------------------------

  const overview = byId("overview")
  if (data.equal)
    overview.append(element("ul", "numbers", element("li", "same", element("b", "", "No differences"), "in everything that was compared")))
  else {
    const numbers = CHANGE_NAMES.map((change) => {
      const count = data.counts.reduce((sum, each) => sum + each[change], 0)
      return element("li", change, element("b", "", `${data.marks[change]} ${count}`), CHANGES[change])
    })
    overview.append(element("ul", "numbers", ...numbers))
  }
  overview.append(partOf("Counts by kind", countsTable(), false))
  if (data.notCompared.length > 0) {
    const rows = data.notCompared.map(([kind, source, target]) => rowOf(kind, [source, target]))
    overview.append(partOf("Not compared", tableOf(["kind", "source", "target"], rows), true))
  }
  if (data.environment.length > 0) {
    const rows = data.environment.map(([name, source, target]) => rowOf(name, [source, target]))
    overview.append(
      partOf("The databases themselves differ, which is no difference of the schema", tableOf(["", "source", "target"], rows), true),
    )
  }

  function countsTable() {
    const rows = data.counts.map(({ label, removed, added, changed, compared }) => rowOf(label, [removed, added, changed, compared]))
    return tableOf(["kind", "only in source", "only in target", "changed", "compared"], rows)
  }

  /** @param {string} name @param {readonly (string | number)[]} cells */
  function rowOf(name, cells) {
    const head = element("th", "", name)
    head.scope = "row"
    return element("tr", "", head, ...cells.map((cell) => element("td", cell === 0 ? "count" : "", String(cell))))
  }

  /** @param {readonly string[]} heads @param {readonly HTMLTableRowElement[]} rows */
  function tableOf(heads, rows) {
    const cells = heads.map((head) => {
      const cell = element(head === "" ? "td" : "th", "", head)
      if (cell.tagName === "TH") cell.scope = "col"
      return cell
    })
    const table = element("table", "counts", element("thead", "", element("tr", "", ...cells)), element("tbody", "", ...rows))
    const scroll = element("div", "scroll", table)
    scroll.tabIndex = 0
    scroll.setAttribute("role", "group")
    scroll.setAttribute("aria-label", heads.join(", "))
    return scroll
  }

  /** @param {string} title @param {Node} content @param {boolean} open */
  function partOf(title, content, open) {
    const part = element("details", "overview-part", element("summary", "", title), content)
    part.open = open
    return part
  }

  // Differences ------------------------------------------------------------------------------------

  /**
   * @typedef {object} Shown
   * @property {ObjectData} object
   * @property {HTMLDetailsElement} section
   * @property {HTMLLIElement} item
   * @property {HTMLElement} count
   * @property {boolean[]} wanted one for each difference
   * @property {HTMLElement[] | undefined} differences absent until the object is near the screen
   */

  /** @type {(readonly [Shown[], HTMLElement, HTMLElement])[]} */
  const schemas = []
  /** @type {Map<Element, Shown>} */
  const bySection = new Map()

  for (const [at, schema] of data.schemas.entries()) {
    const objects = schema.objects.map((object, index) => shownOf(object, `o${at}-${index}`))
    const branch = element("details", "", element("summary", "", schema.title), element("ul", "", ...objects.map(({ item }) => item)))
    branch.open = true
    const part = element("div", "schema", element("h2", "", schema.title), ...objects.map(({ section }) => section))
    byId("tree").append(branch)
    byId("differences").append(part)
    schemas.push([objects, branch, part])
  }

  /** @param {ObjectData} object @param {string} id @returns {Shown} */
  function shownOf(object, id) {
    const kind = element("span", "kind", `${object.kind} `)
    const words = element("span", "hidden-visually", `, ${CHANGES[object.change]}`)
    const heading = element("h3", "", kind, element("span", "name", object.name), words)
    const section = element("details", "object", element("summary", "", markOf(object.change), heading))
    section.id = id
    section.open = true
    const count = element("span", "count", String(object.differences.length))
    const link = element("a", "", markOf(object.change), element("span", "", `${object.kind} ${object.name}`), count)
    link.href = `#${id}`
    const shown = {
      object,
      section,
      item: element("li", "", link),
      count,
      wanted: object.differences.map(() => true),
      differences: undefined,
    }
    bySection.set(section, shown)
    return shown
  }

  /** @param {Shown} shown */
  function fill(shown) {
    if (shown.differences !== undefined) return
    shown.differences = shown.object.differences.map((difference) => differenceOf(difference, shown.object))
    shown.section.append(...shown.differences)
    showWanted(shown)
  }

  /** @param {Shown} shown */
  function showWanted({ differences, wanted }) {
    for (const [at, part] of (differences ?? []).entries()) part.hidden = !wanted[at]
  }

  /** @param {DifferenceData} difference @param {ObjectData} object */
  function differenceOf({ change, title, facts, same, contents, note }, object) {
    const part = element("div", "difference")
    // The only difference of an object is told by its heading.
    const isObject = title === `${object.kind} ${object.name}`
    const heading = element("h4", "", element("span", "", markOf(change), " ", title), element("small", "", CHANGES[change]))
    if (isObject) heading.className = "hidden-visually"
    part.append(heading)
    if (note !== undefined) part.append(element("p", "note", `Note: ${note}`))
    if (facts.length > 0) part.append(sidesOf(facts, change))
    if (contents.length > 0) part.append(listOf(contents, `contents ${change}`))
    if (same.length > 0) {
      const title = `${counted(same.length, "fact")} ${same.length === 1 ? "is" : "are"} the same on both sides`
      part.append(element("details", "more", element("summary", "", title), listOf(same)))
    }
    return part
  }

  /** @param {readonly FactData[]} facts @param {Change} change */
  function sidesOf(facts, change) {
    const heads = ["source", "target"].map((side) => {
      const head = element("th", "", side)
      head.scope = "col"
      return head
    })
    const bodies = facts.map(({ label, rows }) => {
      const body = element("tbody", "")
      const [only] = rows
      if (label !== "" && rows.length === 1 && only !== undefined) {
        body.append(rowOfSides(only, label))
        return body
      }
      if (label !== "") {
        const head = element("th", "", label)
        head.colSpan = 2
        head.scope = "rowgroup"
        body.append(element("tr", "label", head))
      }
      appendRows(body, rows)
      return body
    })
    return element("table", change === "changed" ? "sides" : "sides whole", element("thead", "", element("tr", "", ...heads)), ...bodies)
  }

  /** Equal lines around a change that are shown; more of them are folded. */
  const CONTEXT = 3

  /** @param {HTMLElement} body @param {FactData["rows"]} rows */
  function appendRows(body, rows) {
    const made = rows.map((row) => rowOfSides(row))
    const near = rows.map(() => false)
    for (const [at, [source, target]] of rows.entries()) if (source !== target) near.fill(true, Math.max(0, at - CONTEXT), at + CONTEXT + 1)
    let from = 0
    while (from < rows.length) {
      let to = from + 1
      while (to < rows.length && near[to] === near[from]) to++
      if (near[from] || to - from < 3) body.append(...made.slice(from, to))
      else fold(body, made.slice(from, to))
      from = to
    }
  }

  /** @param {RowData} row */
  function rowOfSides([source, target], label = "") {
    const equal = source === target
    return element("tr", "", cellOf(source, equal ? "equal" : "removed", label), cellOf(target, equal ? "equal" : "added", label))
  }

  /** @param {HTMLElement} body @param {HTMLElement[]} rows */
  function fold(body, rows) {
    const button = element("button", "", `⋯ ${rows.length} equal lines`)
    button.type = "button"
    const cell = element("td", "", button)
    cell.colSpan = 2
    const row = element("tr", "fold", cell)
    for (const each of rows) each.hidden = true
    button.addEventListener("click", () => {
      for (const each of rows) each.hidden = false
      row.remove()
    })
    body.append(row, ...rows)
  }

  /** @param {CellData} cell @param {"equal" | "removed" | "added"} kind @param {string} label */
  function cellOf(cell, kind, label) {
    if (cell === null) return element("td", "none", element("span", "hidden-visually", label === "" ? "none" : `${label} none`))
    const parts =
      typeof cell === "string"
        ? [cell]
        : cell.map(([text, changed]) => (changed ? element(kind === "added" ? "ins" : "del", "", text) : text))
    return element("td", kind, ...(label === "" ? [] : [element("span", "label", `${label} `)]), ...parts)
  }

  // Only what is near the screen is built: 5,000 differences open as quickly as five.
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        const shown = bySection.get(target)
        if (!isIntersecting || shown === undefined) continue
        fill(shown)
        observer.unobserve(target)
      }
    },
    { rootMargin: "1500px" },
  )
  for (const section of bySection.keys()) observer.observe(section)
  addEventListener("beforeprint", () => {
    for (const shown of bySection.values()) fill(shown)
    for (const hidden of document.querySelectorAll(".fold button")) if (hidden instanceof HTMLElement) hidden.click()
  })

  const openTarget = () => {
    const section = document.getElementById(location.hash.slice(1))
    const shown = section === null ? undefined : bySection.get(section)
    if (shown === undefined) return
    shown.section.open = true
    fill(shown)
    shown.section.scrollIntoView()
    shown.section.querySelector("summary")?.focus({ preventScroll: true })
  }
  addEventListener("hashchange", openTarget)

  // Filter -----------------------------------------------------------------------------------------

  const search = /** @type {HTMLInputElement} */ (byId("search"))
  const status = byId("shown")
  const nothing = element("p", "nothing", "Nothing that differs matches the filter.")
  byId("differences").append(nothing)

  const changeBoxes = CHANGE_NAMES.map((change) => {
    const count = data.counts.reduce((sum, each) => sum + each[change], 0)
    return boxOf("changes", change, CHANGES[change], count, markOf(change))
  })
  const kindBoxes = data.counts
    .map((each) => /** @type {const} */ ([each, each.removed + each.added + each.changed]))
    .filter(([, count]) => count > 0)
    .map(([{ kind, label }, count]) => boxOf("kinds", kind, label, count))

  /** @param {string} fieldset @param {string} value @param {string} label @param {number} count @param {Node[]} marks */
  function boxOf(fieldset, value, label, count, ...marks) {
    const box = element("input")
    box.type = "checkbox"
    box.checked = true
    box.value = value
    byId(fieldset).append(element("label", "choice", box, ...marks, label, element("span", "count", String(count))))
    return box
  }

  /** What is searched, in small letters; made when something is searched for the first time. @type {Map<DifferenceData, string>} */
  const texts = new Map()

  /** @param {DifferenceData} difference @param {ObjectData} object @param {string} schema */
  function textOf(difference, object, schema) {
    const known = texts.get(difference)
    if (known !== undefined) return known
    const cells = difference.facts.flatMap(({ label, rows }) => [
      label,
      ...rows.flat().map((cell) => (Array.isArray(cell) ? cell.map(([text]) => text).join("") : cell)),
    ])
    const text = [schema, `${object.kind} ${object.name}`, difference.title, ...cells, ...difference.contents.flat()]
      .join("\n")
      .toLowerCase()
    texts.set(difference, text)
    return text
  }

  function applyFilter() {
    const words = search.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "")
    const checked = (/** @type {HTMLInputElement[]} */ boxes) => new Set(boxes.filter((box) => box.checked).map((box) => box.value))
    const [changes, kinds] = [checked(changeBoxes), checked(kindBoxes)]
    let total = 0
    let matching = 0
    for (const [at, [objects, branch, part]] of schemas.entries()) {
      let inSchema = 0
      for (const shown of objects) {
        const { object } = shown
        shown.wanted = object.differences.map((difference) => {
          if (!changes.has(difference.change) || !kinds.has(difference.kind)) return false
          if (words.length === 0) return true
          const text = textOf(difference, object, data.schemas[at]?.title ?? "")
          return words.every((word) => text.includes(word))
        })
        const count = shown.wanted.filter((wanted) => wanted).length
        shown.section.hidden = shown.item.hidden = count === 0
        shown.count.textContent = String(count)
        showWanted(shown)
        inSchema += count
        total += object.differences.length
      }
      branch.hidden = part.hidden = inSchema === 0
      matching += inSchema
    }
    nothing.hidden = matching > 0 || data.equal
    status.textContent = matching === total ? counted(total, "difference") : `${matching} of ${counted(total, "difference")}`
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  const later = () => {
    clearTimeout(timer)
    timer = setTimeout(applyFilter, 80)
  }
  byId("filter").addEventListener("input", later)
  byId("filter").addEventListener("submit", (event) => {
    event.preventDefault()
    applyFilter()
  })
  addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement && event.target.type === "search"
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    search.focus()
  })
  const panel = /** @type {HTMLDetailsElement} */ (byId("panel"))
  const narrow = matchMedia("(max-width: 56rem)")
  const fitPanel = () => {
    panel.open = !narrow.matches
  }
  narrow.addEventListener("change", fitPanel)
  fitPanel()
  if (data.equal) {
    panel.closest("aside")?.remove()
    document.body.className = "equal"
  }
  applyFilter()
  openTarget()
})()
