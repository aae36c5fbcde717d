export { type CancelCheck, type CancelSubject, checkCancels } from "./check-cancels.ts"
export { type ConformanceReport, driverConformance } from "./conformance/driver-conformance.ts"
export type {
  ConformanceAdmin,
  ConformanceProgram,
  ConformanceRounds,
  ConformanceRunner,
  ConformanceSubject,
} from "./conformance/subject.ts"
export type { FakeClock } from "./fake/clock.ts"
export type { FakeFailure, FakeServerError, FakeSystemError } from "./fake/failure.ts"
export type { FakeConnection } from "./fake/fake-connection.ts"
export { type FakeCounts, type FakeDriver, type FakeDriverOptions, fakeDriver } from "./fake/fake-driver.ts"
export type { FakeAnswer, FakeMatch, FakeQuery, FakeResult, FakeWireRows } from "./fake/script.ts"
export { type ManualClock, type ManualTimer, manualClock } from "./manual-clock.ts"
export type {
  MockAskOptions,
  MockConnectorMembers,
  MockKnowledge,
  MockPermissionOptions,
  MockPreflightOptions,
  MockSnapshotOptions,
  MockTransaction,
} from "./mock/connector-shape.ts"
export { type MockDatabaseConnector, type MockDatabaseConnectorOptions, mockDatabaseConnector } from "./mock/mock-database-connector.ts"
export type { MockPermissions } from "./mock/mock-reports.ts"
export type { MockCall } from "./mock/recorded.ts"
export type {
  MockFinding,
  MockNameList,
  MockPermissionReport,
  MockPreflightReport,
  MockReadOnlyState,
  MockSchemaAccess,
  MockSchemaPermissions,
  MockServerFlavour,
  MockServerVersion,
} from "./mock/report-shape.ts"
export { type Random, seededRandom } from "./random.ts"
export type { SilenceCall, SilenceCalls, SilenceLimits } from "./silence/calls.ts"
export {
  checkSessionSilences,
  checkSilences,
  type SilenceBound,
  type SilenceCheck,
  type SilenceSubject,
} from "./silence/check-silences.ts"
