import { expect } from "vitest"
import { formOf } from "../../../src/meaning/forms.ts"
import { type Definition, sameMeaning } from "../../../src/meaning/same-meaning.ts"
import type { Verdict } from "../../../src/model/compare.ts"
import { requiredParser } from "./corpus-comparer.ts"

export type FormName = Parameters<typeof formOf>
export type Pair = readonly [one: string, other: string]

export const VIEW: FormName = ["view", "definition"]
export const CHECK: FormName = ["constraint", "definition"]

const parse = await requiredParser()

/** The verdict on two prints of a definition, by servers of 18 unless the context says otherwise. */
export function verdict(form: FormName, one: string, other: string, context: Partial<Definition> = {}, otherContext = context): Verdict {
  return sameMeaning(formOf(...form)!, { serverMajor: 18, ...context, text: one }, { serverMajor: 18, ...otherContext, text: other }, parse)
}

/** Each pair in both directions. */
export function expectAll(form: FormName, expected: Verdict, pairs: readonly Pair[], context?: Partial<Definition>): void {
  const others = pairs.flatMap(([one, other]) => {
    const verdicts = [verdict(form, one, other, context), verdict(form, other, one, context)]
    return verdicts.every((each) => each === expected) ? [] : [`${verdicts}: ${one} | ${other}`]
  })
  expect(others).toEqual([])
}

/** Views that differ in an output, or in their condition. */
export const select = (...pairs: readonly Pair[]): Pair[] =>
  pairs.map(([one, other]) => [`SELECT ${one} AS x FROM app.t`, `SELECT ${other} AS x FROM app.t`])
export const where = (...pairs: readonly Pair[]): Pair[] =>
  pairs.map(([one, other]) => [`SELECT t.a FROM app.t WHERE ${one}`, `SELECT t.a FROM app.t WHERE ${other}`])
