import { shortList } from './check-reason.js'
import { type StepByHand, stepsByHand } from './manual-steps.js'
import {
  clip,
  codeBlock,
  codeSpan,
  details,
  escapeMarkdown,
  escapeProse,
  jsonBlock,
  type Part
} from './markdown-text.js'
import { documentChanges, type DocumentChange } from './policy-changes.js'
import type { PolicyChangeModel, ReportModel } from './report-model.js'
import { changedLines, changeSummary, diffStatements, sidOf, type StatementChange } from './statement-diff.js'

/** What to change, each document with its commands, and what a person has to do. */
export function changeParts (report: ReportModel): Part[] {
  return [...documentChanges(report.remediation).map(changePart), ...stepsByHand(report).map(stepPart)]
}

function changePart ({ title, change, commands, fileName }: DocumentChange): Part {
  const text = [`### ${escapeMarkdown(title)}`, '', ...changeLines(change, fileName, commands), ''].join('\n')
  return { text, omitted: `the change “${escapeMarkdown(clip(title))}”` }
}

/** What changes, the whole document to save, and the commands that read it. */
function changeLines (change: PolicyChangeModel, fileName: string, commands: readonly string[]): string[] {
  const changes = diffStatements(change)
  return [
    `This ${changeSummary(changes)}.`,
    '',
    ...changes.flatMap(statementLines),
    ...details(`The whole document: save it as <code>${escapeMarkdown(fileName)}</code>`, jsonBlock(change.policy)),
    'Then:',
    '',
    ...codeBlock('sh', commands.join('\n'))
  ]
}

function statementLines (change: StatementChange): string[] {
  switch (change.kind) {
    case 'same':
      return []
    case 'added':
      return ['Add:', '', ...jsonBlock(change.after)]
    case 'removed':
      return ['Remove:', '', ...jsonBlock(change.before)]
    case 'changed':
      return [
        `Change ${codeSpan(clip(sidOf(change.after) ?? 'the statement'))}:`,
        '',
        ...codeBlock('diff', changedLines(change).map(({ mark, text }) => `${mark} ${text}`).join('\n'))
      ]
  }
}

function stepPart (step: StepByHand, index: number): Part {
  const { what, why, who, actions, on, commands, document } = step
  const spans = (texts: readonly string[]): string => shortList(texts.map((text) => codeSpan(clip(text))))
  const lines = [
    `**${escapeProse(clip(what))}**`,
    ...(actions.length === 0 ? [] : [`**Actions** ${spans(actions)}`]),
    ...(on.length === 0 ? [] : [`**On** ${spans(on)}`]),
    ...(why === '' ? [] : [`**Why** ${escapeProse(clip(why))}`]),
    ...(who === undefined ? [] : [`**By** ${escapeMarkdown(clip(who))}`])
  ]
  const how = document === undefined ? [] : changeLines(document.change, document.fileName, commands)
  const text = [
    ...(index === 0 ? ['### To do by hand', ''] : []),
    ...lines.flatMap((line) => [line, '']),
    ...(document === undefined && commands.length > 0 ? codeBlock('sh', commands.join('\n')) : how),
    ''
  ].join('\n')
  return { text, omitted: 'a step by hand' }
}
