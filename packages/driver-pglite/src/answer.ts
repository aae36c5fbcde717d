import type { messages } from "@electric-sql/pglite"
import type {
  Field,
  Notice,
  Notification,
  PipelineResult,
  PipelineStep,
  PortalClose,
  QueryOptions,
  QueryResult,
  Row,
  ValueParsers,
} from "@pgsd/driver"
import { parseValue } from "@pgsd/driver/adapter"

/** The server's complete response to one request. */
export interface Answer {
  /** The status in the last ReadyForQuery. */
  readonly status: "idle" | "transaction" | "failed"
  readonly result: QueryResult
  /** The keywords of all command tags. */
  readonly commands: readonly string[]
  readonly error?: messages.DatabaseError
  /** A value parser's exception: the statement was executed, but its rows cannot be returned. */
  readonly unread?: { readonly error: unknown }
  /** Parameter changes reported by the server. */
  readonly parameters: Readonly<Record<string, string>>
  /** The response contains a COPY. */
  readonly copy: boolean
  /** The data of a COPY TO. */
  readonly copied: readonly Uint8Array[]
  readonly notices: readonly Notice[]
  readonly notifications: readonly Notification[]
  /** One result per statement, for a batch or a string whose results were all requested. */
  readonly batch?: PipelineResult[]
}

const STATUS = { I: "idle", T: "transaction", E: "failed" } as const

/** The status in a ReadyForQuery. */
export function statusOf(message: messages.BackendMessage): Answer["status"] {
  return isReady(message) ? (STATUS[message.status as keyof typeof STATUS] ?? "idle") : "idle"
}

/** Parses the messages of one response: the command of the last statement and the last row set. */
export function readAnswer(
  received: readonly messages.BackendMessage[],
  types: ValueParsers | undefined,
  rowMode: "array" | undefined,
): Answer {
  const notices: Notice[] = []
  const notifications: Notification[] = []
  const commands: string[] = []
  const parameters: Record<string, string> = {}
  let status: Answer["status"] = "idle"
  let fields: readonly Field[] = []
  let rows: Row[] = []
  let rowCount = 0
  let copy = false
  const copied: Uint8Array[] = []
  let error: messages.DatabaseError | undefined
  let unread: Answer["unread"]
  for (const message of received) {
    if (isRow(message)) {
      if (unread !== undefined) continue
      try {
        rows.push(rowMode === "array" ? valuesOf(message, fields, types) : rowOf(message, fields, types))
      } catch (thrown) {
        unread = { error: thrown ?? new Error("a value parser threw nothing") }
      }
    } else if (isFields(message)) {
      fields = message.fields.map(({ name, dataTypeID, tableID, columnID }) => ({
        name,
        typeId: dataTypeID,
        tableId: tableID,
        columnId: columnID,
      }))
      rows = []
    } else if (isCommand(message)) {
      const tag = commandTag(message.text)
      commands.push(tag.command)
      rowCount = tag.rowCount
    } else if (message.name === "emptyQuery") {
      commands.push("")
      rowCount = 0
    } else if (message.name === "copyInResponse" || message.name === "copyOutResponse") copy = true
    else if (isCopyData(message)) copied.push(message.chunk)
    else if (isError(message)) error = message
    else if (isParameter(message)) parameters[message.parameterName] = message.parameterValue
    else if (isNotice(message)) notices.push(noticeOf(message))
    else if (isNotification(message)) {
      const { channel, payload, processId } = message
      notifications.push({ channel, payload, processId })
    } else if (isReady(message)) status = statusOf(message)
  }
  const result = { rows, rowCount, command: commands.at(-1) ?? "", fields }
  return {
    status,
    result,
    commands,
    ...(error === undefined ? {} : { error }),
    ...(unread === undefined ? {} : { unread }),
    parameters,
    copy,
    copied,
    notices,
    notifications,
  }
}

type Form = Pick<QueryOptions, "types" | "rowMode">

/** The response to a batch, with a part for each statement and each fetch. */
export function readStepAnswers(
  received: readonly messages.BackendMessage[],
  steps: readonly PipelineStep[],
): Answer & { readonly batch: PipelineResult[] } {
  const answered = steps.filter((step) => !("close" in step)) as readonly Exclude<PipelineStep, PortalClose>[]
  return readAnswers(received, (index) => answered[index] ?? {})
}

/** A response with a part for each statement. @param formOf how to read the rows of a statement */
export function readAnswers(
  received: readonly messages.BackendMessage[],
  formOf: (index: number) => Form,
): Answer & { readonly batch: PipelineResult[] } {
  const batch: PipelineResult[] = []
  let unread: Answer["unread"]
  let from = 0
  for (const [at, { name }] of received.entries()) {
    if (!CONCLUSIONS.has(name)) continue
    const { types, rowMode } = formOf(batch.length)
    const { result, unread: here } = readAnswer(received.slice(from, at + 1), types, rowMode)
    unread ??= here
    const suspended = name === "portalSuspended"
    batch.push({ ...result, ...(suspended && { rowCount: result.rows.length }), suspended })
    from = at + 1
  }
  return {
    ...readAnswer(
      received.filter((message) => !isRow(message)),
      undefined,
      undefined,
    ),
    ...(unread === undefined ? {} : { unread }),
    batch,
  }
}

const CONCLUSIONS: ReadonlySet<string> = new Set(["commandComplete", "emptyQuery", "portalSuspended"])

/** `"INSERT 0 2"` is INSERT and 2, `"CREATE TABLE"` has no count. */
function commandTag(tag: string): { readonly command: string; readonly rowCount: number } {
  const words = tag.split(" ")
  const count = Number(words.at(-1))
  return { command: words.filter((word) => !/^\d+$/.test(word)).join(" "), rowCount: Number.isInteger(count) ? count : 0 }
}

function valuesOf(message: messages.DataRowMessage, fields: readonly Field[], types: ValueParsers | undefined): Row {
  return fields.map(({ typeId }, index) => parseValue(typeId, message.fields[index] ?? null, types))
}

// fromEntries creates own properties, even for `__proto__`.
function rowOf(message: messages.DataRowMessage, fields: readonly Field[], types: ValueParsers | undefined): Row {
  return Object.fromEntries(fields.map(({ name, typeId }, index) => [name, parseValue(typeId, message.fields[index] ?? null, types)]))
}

function noticeOf({ severity, code, message, detail, hint }: messages.NoticeMessage): Notice {
  return {
    severity: severity ?? "NOTICE",
    sqlState: code ?? "00000",
    message: message ?? "",
    ...(detail === undefined ? {} : { detail }),
    ...(hint === undefined ? {} : { hint }),
  }
}

type Message = messages.BackendMessage

const isRow = (message: Message): message is messages.DataRowMessage => message.name === "dataRow"
const isFields = (message: Message): message is messages.RowDescriptionMessage => message.name === "rowDescription"
const isCommand = (message: Message): message is messages.CommandCompleteMessage => message.name === "commandComplete"
const isError = (message: Message): message is messages.DatabaseError => message.name === "error"
const isCopyData = (message: Message): message is messages.CopyDataMessage => message.name === "copyData"
const isParameter = (message: Message): message is messages.ParameterStatusMessage => message.name === "parameterStatus"
const isNotice = (message: Message): message is messages.NoticeMessage => message.name === "notice"
const isNotification = (message: Message): message is messages.NotificationResponseMessage => message.name === "notification"
const isReady = (message: Message): message is messages.ReadyForQueryMessage => message.name === "readyForQuery"
