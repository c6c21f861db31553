import stringify from 'json-stringify-pretty-compact'

/**
 * Characters that Markdown, HTML or GitHub gives a meaning: `@` notifies people, `#` links issues, `|` ends a cell. A
 * hyphen between letters has none, nor have parentheses without brackets: terminals show the text as it stands.
 */
const SPECIAL = /[\\`*_{}[\]<>#+!|~@&$]|(?<![a-z0-9])-|-(?![a-z0-9])|^\(|(?<=\d)\)/gi

/** Other people's text as text on one line. Special characters become entities, in which GitHub mentions no one. */
export function escapeMarkdown (text: string): string {
  return (
    withoutControls(text)
      .replace(/\s+/g, ' ')
      .trim()
      .replace(SPECIAL, (character) => `&#${character.charCodeAt(0)};`)
      // A bare address would become a link.
      .replace(/:\/\//g, ':&#47;&#47;')
      .replace(/www\./gi, (match) => `${match.slice(0, 3)}&#46;`)
  )
}

/** A sentence of the catalogue: what stands between backticks is code. */
export function escapeProse (text: string): string {
  const parts = text.split('`')
  if (parts.length % 2 === 0) return escapeMarkdown(text)
  // The spaces beside a code span belong to the sentence; escaping would trim them.
  const words = (part: string): string =>
    `${part.startsWith(' ') ? ' ' : ''}${escapeMarkdown(part)}${part.endsWith(' ') ? ' ' : ''}`
  return parts
    .map((part, index) => (index % 2 === 1 ? codeSpan(part) : words(part)))
    .join('')
    .trim()
}

/** Text in the type of code, as HTML: within it neither backticks nor pipes end anything. */
export function codeSpan (text: string): string {
  return `<code>${escapeMarkdown(text)}</code>`
}

/** A block of code with a fence longer than any run of backticks in it. */
export function codeBlock (language: string, text: string): string[] {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length)
  const fence = '`'.repeat(Math.max(3, ...runs.map((length) => length + 1)))
  return [`${fence}${language}`, ...text.split('\n').map(withoutControls), fence, '']
}

/** JSON in a block, the same value: control characters and line separators as JSON escapes. */
export function jsonBlock (value: unknown): string[] {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return codeBlock(
    'json',
    stringify(value, { indent: 2, maxLength: 96 }).replace(/[\u007f-\u009f\u2028\u2029]/g, escape)
  )
}

/** Control characters and line separators as spaces, half surrogate pairs as the replacement character. */
function withoutControls (text: string): string {
  const isControl = (code: number): boolean =>
    code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x2028 || code === 0x2029
  const isHalf = (code: number): boolean => code >= 0xd800 && code <= 0xdfff
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0
    return isControl(code) ? ' ' : isHalf(code) ? '\uFFFD' : character
  }).join('')
}

/** A part of the comment; `omitted` says what is missing where there is no room for it. */
export interface Part {
  text: string
  omitted: string
}

/** A folded part; `summary` and `lines` are Markdown. */
export function details (summary: string, lines: readonly string[], isOpen = false): string[] {
  return [`<details${isOpen ? ' open' : ''}><summary>${summary}</summary>`, '', ...lines, '</details>', '']
}

const MAX_TEXT_CHARACTERS = 1_000

/** The beginning of a long text. */
export function clip (text: string): string {
  return text.length > MAX_TEXT_CHARACTERS ? `${text.slice(0, MAX_TEXT_CHARACTERS)}…` : text
}
