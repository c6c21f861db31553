import { lexer } from 'marked'
import t from 'tap'
import { escapeMarkdown } from '../../../src/formats/markdown-text.js'

t.test('escapeMarkdown: hyphens in words and parentheses of prose stay, so that a terminal shows the text', (t) => {
  const prose = 'A customer-managed key (or two of them), up to 2-3 buckets.'
  t.equal(escapeMarkdown(prose), prose)
  t.end()
})

t.test('escapeMarkdown: what would be a list, heading or link is one paragraph of text', (t) => {
  const hostile = ['- a', '-', '---', '--x', '1) a', '(a)', '[a](b)', '![a](b-c)', 'a-b) -c', '<a-b>', 'a--\n---', '-a-']
  for (const text of hostile) {
    const tokens = lexer(escapeMarkdown(text))
    t.same(tokens.map(({ type }) => type), ['paragraph'], text)
    const inner = tokens.flatMap((token) => ('tokens' in token ? (token.tokens ?? []) : []))
    t.notOk(inner.some(({ type }) => ['link', 'image', 'html'].includes(type)), text)
  }
  t.end()
})
