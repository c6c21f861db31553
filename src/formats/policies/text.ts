/**
 * Characters that a reader does not see, or that change what a reader sees: controls, line and paragraph separators
 * (which end a line in JavaScript and YAML 1.1), marks that reverse the direction of text, and halves of a pair.
 */
const HIDDEN =
  /[\p{Cc}\u00AD\u061C\u180E\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB\uFFFE\uFFFF]|\p{Cs}/gu

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Text between quotation marks as HCL, JavaScript and YAML read it: hidden characters stand as their code. */
export function quoted (text: string): string {
  const escaped = text.replace(/[\\"]/g, '\\$&').replace(HIDDEN, (character) => SHORT[character] ?? codeOf(character))
  return `"${escaped}"`
}

/** True if the text has a character that must not stand in a file as it is. */
export function hasHidden (text: string): boolean {
  return text.search(HIDDEN) !== -1
}

/** Hidden characters as their code, for a text in which only quoted scalars have any. */
export function escapeHidden (text: string): string {
  return text.replace(HIDDEN, (character) => (character === '\n' ? character : codeOf(character)))
}

// Half of a pair has no UTF-8: the file gets the character that replaces it.
function codeOf (character: string): string {
  const code = character.charCodeAt(0)
  return `\\u${(code >= 0xd800 && code <= 0xdfff ? 0xfffd : code).toString(16).padStart(4, '0')}`
}

/** One line of a comment: other people's text neither ends it nor hides in it. */
export function commentText (text: string): string {
  return text.replace(HIDDEN, ' ').replace(/\s+/g, ' ').trim()
}

/** The text in lines of at most `width` characters, broken at spaces; a longer word stays whole. */
export function wrap (text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of commentText(text).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return line === '' ? lines : [...lines, line]
}
