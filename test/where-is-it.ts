import { readFile } from 'node:fs/promises'
import t from 'tap'

const rows = (await readFile('docs/where-is-it.md', 'utf8'))
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))

t.test('where is it: each rule leads to a file that has the name', async (t) => {
  t.ok(rows.length >= 20, `${rows.length} rules`)
  for (const [, number, rule, file = '', name = ''] of rows) {
    const source = await readFile(file, 'utf8').catch(() => '')
    t.ok(name !== '' && source.includes(name), `${number}. ${rule}: ${file} has ${name}`)
  }
})

t.test('where is it: each file of cases exists and has cases', async (t) => {
  const files = rows.flatMap(([, , , , , cases = '']) => (cases === '' ? [] : [cases]))
  t.ok(files.length >= 15, `${files.length} files`)
  for (const file of files) {
    const text = await readFile(`test/cases/${file}`, 'utf8').catch(() => '{}')
    t.ok(Object.keys(JSON.parse(text)).length > 0, file)
  }
})

t.test('where is it: the numbers are consecutive', async (t) => {
  t.strictSame(rows.map(([, number]) => Number(number)), rows.map((_, index) => index + 1))
})
