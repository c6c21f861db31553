import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { parse as parseHcl } from '@cdktf/hcl2json'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { list, record } from '../../scripts/compatibility/json.js'
import { templateFaults } from '../../scripts/wrappers/backstage-template.js'
import { actionFaults } from '../../scripts/wrappers/github-action.js'
import { componentFaults, componentScript } from '../../scripts/wrappers/gitlab-component.js'
import { Usage } from '../../schemas/usage.js'
import { MARKDOWN_MARKER } from '../../src/formats/markdown.js'
import { VERSION } from '../../src/version.js'
import { missing } from '../src/formats/policies/example-policies.js'

const COMPONENT = 'templates/personalize-kms.yml'
const TEMPLATE = 'deploy/backstage/template.yaml'
const PATHS = ['/policies']

/** The faults of the wrapper after one replacement in its file. */
async function faultsWith (
  t: Test,
  { files, path, check }: { files: string[]; path: string; check: (path: string) => Promise<string[]> },
  from: string,
  to: string
): Promise<string> {
  const folder = t.testdir({})
  for (const file of files) await cp(file, join(folder, file), { recursive: true })
  const text = await readFile(path, 'utf8')
  if (!text.includes(from)) throw new Error(`${path} has no ${from}`)
  await writeFile(join(folder, path), text.replace(from, to))
  return (await check(folder)).join('; ')
}

t.test('wrappers: are valid', async (t) => {
  t.strictSame(await actionFaults('.', VERSION), [])
  t.strictSame(await componentFaults(COMPONENT, VERSION), [])
  t.strictSame(await templateFaults(TEMPLATE, PATHS), [])
})

t.test('GitHub Action: what GitHub would refuse or ignore is found', async (t) => {
  const action = { files: ['action.yml', 'action'], path: 'action.yml', check: (folder: string) => actionFaults(folder, VERSION) }
  const wrong: Array<[string, string, RegExp]> = [
    ['using: composite', 'using: composit', /not composite/],
    ['inputs.usage }', 'inputs.usages }', /no input usages.*usage is not used/],
    ['steps.verify.outputs.sarif', 'steps.check.outputs.sarif', /no step check/],
    ['outputs.markdown', 'outputs.comment', /no output comment/],
    ['        FROM: ${{ inputs.from }}\n', '', /no variable in Verify: FROM/],
    ['run: exit "$STATUS"', 'run: exit ${{ steps.verify.outputs.status }}', /expression in the text/],
    ['      shell: bash\n', '', /no shell/],
    [`service@${VERSION}`, 'service@0.0.1', /not of version/]
  ]
  for (const [from, to, expected] of wrong) t.match(await faultsWith(t, action, from, to), expected, to)
  t.match(await faultsWith(t, { ...action, path: 'action/verify.sh' }, 'echo "sarif=', 'echo "sarif-file='), /no output sarif/)
})

t.test('GitLab component: what GitLab would refuse or ignore is found', async (t) => {
  const component = {
    files: [COMPONENT],
    path: COMPONENT,
    check: (folder: string) => componentFaults(join(folder, COMPONENT), VERSION)
  }
  const wrong: Array<[string, string, RegExp]> = [
    ['\n---\n', '\n', /two documents/],
    ['$[[ inputs.usage ]]', '$[[ inputs.usages ]]', /no input usages.*usage is not used/],
    ['default: error', 'default: errors', /none of its options/],
    ['      set -- verify-documents', '      set -- verify-documents "$[[ inputs.from ]]"', /text of its script/],
    ['    PERSONALIZE_KMS_FROM: $[[ inputs.from ]]\n', '', /no variable PERSONALIZE_KMS_FROM/],
    ['junit: personalize-kms.xml', 'junit: report.xml', /no JUnit report/]
  ]
  for (const [from, to, expected] of wrong) t.match(await faultsWith(t, component, from, to), expected, to)
})

t.test('Backstage template: what Backstage would refuse, and what leads nowhere, is found', async (t) => {
  const template = {
    files: ['deploy/backstage'],
    path: TEMPLATE,
    check: (folder: string) => templateFaults(join(folder, TEMPLATE), PATHS)
  }
  const wrong: Array<[string, string, RegExp]> = [
    ['kind: Template', 'kind: Templat', /no template/],
    ['  name: personalize-kms-policies\n', '', /name/],
    ['parameters.roleArn', 'parameters.role', /no parameter role/],
    ['        - kmsKeyArn\n', '        - keyArn\n', /no parameter keyArn/],
    ['steps.generate.output', 'steps.generated.output', /no step generated/],
    ['              - metricAttribution\n', '              - dataDeletionJob\n', /operation dataDeletionJob; operation metric|operation metric.*operation data|dataDeletionJob/],
    ['personalize-kms/policies', 'personalize-kms/policy', /no \/policy/],
    ['rolePolicy: $', 'permissions: $', /no value rolePolicy.*permissions is not used/]
  ]
  for (const [from, to, expected] of wrong) t.match(await faultsWith(t, template, from, to), expected, to)
})

const REPORT = '{"verdict":"fail"}'
/** Stands for npx: notes its arguments, writes the files that `--format` names, and ends with the status given. */
const NPX = `#!/bin/sh
printf '%s\\n' "$@" > arguments
[ "$FAKE_STATUS" = 3 ] && exit 3
for argument in "$@"; do
  case "$argument" in *=*) printf '%s' '${REPORT}' > "\${argument#*=}" ;; esac
done
exit "$FAKE_STATUS"
`
/** Stands for gh: notes its arguments; lists what \`comments\` has, with the filter that it is given. */
const GH = `#!/bin/sh
printf '%s\\n' "$*" >> calls
[ -z "$FAKE_FAILS" ] || exit 1
case "$*" in *--jq*) for last in "$@"; do :; done; jq -r "$last" comments ;; esac
`

function script (t: Test, shell: string[], env: Record<string, string>, files: Record<string, string>) {
  const folder = t.testdir({ npx: NPX, gh: GH, ...files })
  for (const name of ['npx', 'gh']) chmodSync(join(folder, name), 0o755)
  const [command = '', ...args] = shell
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    env: { PATH: `${folder}:${process.env['PATH']}`, RUNNER_TEMP: folder, GITHUB_OUTPUT: join(folder, 'output'), ...env },
    encoding: 'utf8'
  })
  const read = (name: string): string => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '')
  return { status, output: stdout + stderr, read, folder }
}

const VERIFY = [resolve('action/verify.sh')]
const OPTIONS = { PACKAGE: 'a-package@1', REQUEST: '', FROM: 'plan $(id).json', USAGE: 'usage.yaml', FAIL_ON: 'error', FAKE_STATUS: '1' }

t.test('verify.sh: hands over every input as one argument; a verdict is an output, not a failure', async (t) => {
  const { status, output, read, folder } = script(t, VERIFY, OPTIONS, {})
  t.equal(status, 0, output)
  t.strictSame(read('arguments').trim().split('\n').slice(0, 11), [
    '--yes',
    '--package',
    'a-package@1',
    'personalize-kms',
    'verify-documents',
    '--from',
    'plan $(id).json',
    '--usage',
    'usage.yaml',
    '--fail-on',
    'error'
  ])
  t.match(read('output'), 'verdict=fail\nstatus=1\n')
  for (const name of ['report', 'sarif', 'markdown']) {
    const path = new RegExp(`^${name}=(.+)$`, 'm').exec(read('output'))?.[1] ?? ''
    t.equal(readFileSync(join(folder, path.slice(folder.length)), 'utf8'), REPORT, name)
  }
})

t.test('verify.sh: without a report the step fails and has no verdict', async (t) => {
  const { status, read } = script(t, VERIFY, { ...OPTIONS, FAKE_STATUS: '3' }, {})
  t.equal(status, 3)
  t.equal(read('output'), '')
})

const COMMENT = [resolve('action/comment.sh')]
const PULL_REQUEST = { GITHUB_REPOSITORY: 'acme/infrastructure', NUMBER: '7', COMMENT: 'report.md' }
const body = `${MARKDOWN_MARKER}\n## Report`

t.test('comment.sh: edits the comment of a bot that has the marker, or adds one', async (t) => {
  const comment = (id: number, type: string, text: string) => ({ id, body: text, user: { type } })
  const others = [comment(1, 'User', body), comment(2, 'Bot', `quoted ${body}`)]
  const edited = script(t, COMMENT, PULL_REQUEST, { comments: JSON.stringify([...others, comment(3, 'Bot', body), comment(4, 'Bot', body)]) })
  t.equal(edited.status, 0, edited.output)
  t.match(edited.read('calls'), '\napi --method PATCH repos/acme/infrastructure/issues/comments/3 -F body=@report.md')
  const added = script(t, COMMENT, PULL_REQUEST, { comments: JSON.stringify(others) })
  t.match(added.read('calls'), '\napi --method POST repos/acme/infrastructure/issues/7/comments -F body=@report.md')
})

t.test('comment.sh: a token without the right to comment is a warning', async (t) => {
  const { status, output, read } = script(t, COMMENT, { ...PULL_REQUEST, FAKE_FAILS: '1' }, { comments: '[]' })
  t.equal(status, 0)
  t.match(output, '::warning::')
  t.equal(read('calls').trim().split('\n').length, 1, 'nothing is written')
})

t.test('GitLab component: the script hands over every input as one argument', async (t) => {
  const env = Object.fromEntries(Object.entries(OPTIONS).map(([name, value]) => [`PERSONALIZE_KMS_${name}`, value]))
  const { status, read } = script(t, ['sh', '-c', await componentScript(COMPONENT)], { ...env, FAKE_STATUS: '1' }, {})
  t.equal(status, 1, 'the verdict is the exit status')
  t.match(read('arguments'), /verify-documents\n--from\nplan \$\(id\)\.json\n--usage\nusage\.yaml\n--fail-on\nerror\n/)
  t.equal(read('personalize-kms.xml'), REPORT)
})

t.test('pre-commit: the manifest is valid', { skip: missing('pre-commit', '--version') }, async (t) => {
  const { status, stderr, stdout } = spawnSync('pre-commit', ['validate-manifest', '.pre-commit-hooks.yaml'], {
    encoding: 'utf8'
  })
  t.equal(status, 0, stdout + stderr)
})

t.test('pre-commit: the hook runs the command of this version with the arguments of the user', async (t) => {
  const [hook] = parse(await readFile('.pre-commit-hooks.yaml', 'utf8'))
  t.match(hook, { id: 'personalize-kms', language: 'script', pass_filenames: false })
  const { status, read } = script(t, [resolve(hook.entry), '--from', 'a b.yaml'], { FAKE_STATUS: '1' }, {})
  t.equal(status, 1, 'the verdict is the exit status')
  t.strictSame(read('arguments').trim().split('\n'), [
    '--yes',
    '--package',
    `personalize-kms-policy-service@${VERSION}`,
    'personalize-kms',
    'verify-documents',
    '--from',
    'a b.yaml'
  ])
})

const MODULE = 'deploy/terraform-check'
const skip = missing('terraform', 'version')

t.test('Terraform module: the usage has members of the API', async (t) => {
  const { variable } = await parseHcl('variables.tf', await readFile(`${MODULE}/variables.tf`, 'utf8'))
  const [usage] = list(record(variable)['usage'])
  const names = [...String(record(usage)['type']).matchAll(/^\s+(\w+)\s+= /gm)].map(([, name = '']) => name)
  t.ok(names.length > 3)
  for (const name of names) t.ok(name in Usage.properties, name)
})

t.test('Terraform module: formatted', { skip }, async (t) => {
  t.equal(spawnSync('terraform', ['fmt', '-check', '-diff', MODULE], { encoding: 'utf8' }).stdout, '')
})

t.test('Terraform module: the check accepts a report that passes, and lists the errors of another', { skip }, async (t) => {
  const { check } = await parseHcl('main.tf', await readFile(`${MODULE}/main.tf`, 'utf8'))
  const [{ assert, data }] = check.personalize_kms
  t.match(data.http.report[0], { method: 'POST', url: /\/verify\?view=summary$/ })
  const findings = [
    { code: 'ROLE_NOT_ALLOWED', severity: 'error', detail: 'The role is not allowed.' },
    { code: 'A_NOTE', severity: 'note', detail: 'A note.' }
  ]
  const answers = [
    { status_code: 200, response_body: JSON.stringify({ verdict: 'pass', summary: { headline: 'Works.' }, findings: [] }) },
    { status_code: 200, response_body: JSON.stringify({ verdict: 'fail', summary: { headline: 'Denied.' }, findings }) },
    { status_code: 403, response_body: JSON.stringify({ detail: 'No scope.' }) },
    { status_code: 502, response_body: '<html>' }
  ]
  const outputs = answers.flatMap((_, index) =>
    ['condition', 'error_message'].flatMap((member) =>
      assert.map((assertion: Record<string, string>, number: number) => [
        `${member}_${index}_${number}`,
        { value: assertion[member]?.replaceAll('data.http.report', `local.answers[${index}]`) }
      ])
    )
  )
  const folder = t.testdir({})
  writeFileSync(
    join(folder, 'main.tf.json'),
    JSON.stringify({
      locals: { answers: answers.map(({ status_code, response_body }) => ({ status_code, response_body })) },
      variable: { accepted_verdicts: { default: ['pass'] } },
      output: Object.fromEntries(outputs)
    })
  )
  const terraform = (...args: string[]) => spawnSync('terraform', args, { cwd: folder, encoding: 'utf8' })
  const applied = terraform('apply', '-auto-approve', '-no-color')
  t.equal(applied.status, 0, applied.stderr)
  const values: Record<string, { value: unknown }> = JSON.parse(terraform('output', '-json').stdout)
  const value = (name: string): unknown => values[name]?.value
  const conditions = answers.map((_, index) => [value(`condition_${index}_0`), value(`condition_${index}_1`)].map(String))
  t.strictSame(conditions, [['true', 'true'], ['true', 'false'], ['false', 'false'], ['false', 'false']])
  t.equal(value('error_message_1_1'), 'Denied.\nROLE_NOT_ALLOWED: The role is not allowed.')
  t.equal(value('error_message_2_0'), 'The service answered 403: No scope.')
  t.equal(value('error_message_3_0'), 'The service answered 502: no problem document')
})
