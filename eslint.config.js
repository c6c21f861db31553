import eslint from '@eslint/js'
import process from 'node:process'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** Refuses imports by folder: `[pattern, why]`. Imports go one way, as docs/architecture.md draws them. */
const noImports = (...patterns) => ({
  'no-restricted-imports': ['error', { patterns: patterns.map(([regex, message]) => ({ regex, message })) }]
})

const FASTIFY = ['^@?fastify', 'only src/app.ts, src/http/ and routes/ know Fastify']
const SDK = ['^@(aws-sdk|smithy)/', 'only src/aws/ knows the SDK']
const INPUT_OUTPUT = [
  '^node:(fs|net|http|https|http2|child_process|dns|tls|process|worker_threads|timers)',
  'the core is pure: no input or output'
]
const PROCESS = ['^(node:)?process$', 'only src/server.ts touches the process']
const ROUTES = ['/routes/', 'routes come after what they call']
const HTTP = ['/http/', 'src/http/ is the HTTP shell']
const AWS = ['/aws/', 'live policies are read through the port verify/read/policy-source.ts']
const VERIFY = ['/verify/', 'verify comes after it']
const PAGE = ['/page/', 'the page is a client of the service']
const PORT = ['/verify/(?!read/policy-source)', 'of verify, only the port verify/read/policy-source.ts is known here']
const FINDINGS = ['/findings/', 'findings come after it']
const POLICIES = ['(?<!formats)/policies/', 'policies come after it']
const GENERATION = ['^(\\.\\./)+policies/', 'a form is made of what was generated']
const PERSONALIZE = ['/personalize/', 'the engine knows nothing of Amazon Personalize']
const COMPOSITION = ['^(?!.*(schemas|mcp)/).*/(app|server|service)\\.js$', 'the composition root comes last']
const CONFIG = ['/config/', 'the core takes its options as arguments']
const TESTS = ['/(test|demo|bench|reliability|scripts)/', 'the service does not import its tests']
const CORE = [FASTIFY, SDK, INPUT_OUTPUT, ROUTES, HTTP, AWS, PAGE, COMPOSITION, CONFIG, TESTS]
const ENGINE = [...CORE, VERIFY, POLICIES, PERSONALIZE, FINDINGS]
const later = (...folders) => [`/(${folders.join('|')})/`, 'it comes later in the evaluation']

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '.tap/', 'reports/', 'client/api.d.ts']),
  eslint.configs.recommended,
  tseslint.configs.strict,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js', 'test/*.js', 'client/*.js'] }, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // One name for the schema and its type: `export const Usage = …; export type Usage = Static<typeof Usage>`.
      'no-redeclare': 'off',
      '@typescript-eslint/no-redeclare': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      'no-restricted-properties': ['error', ...['any', 'timeout'].map((property) => ({ object: 'AbortSignal', property, message: 'Node.js keeps it, with all that listens to it, until it ends: anySignalWithTimeout() can be released' }))],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      complexity: ['error', 18],
      'max-depth': ['error', 4],
      'max-params': ['error', 6],
      // STRICT=1 (`npm run lint:strict`) adds the length of lines until all files keep it.
      ...(process.env['STRICT'] === '1' ? { 'max-len': ['error', { code: 120, ignoreUrls: true, ignoreTemplateLiterals: true }] } : {}),
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      semi: ['error', 'never'],
      quotes: ['error', 'single', { avoidEscape: true }],
      indent: ['error', 2, { SwitchCase: 1, ignoredNodes: ['TemplateLiteral *', 'TSTypeAliasDeclaration *', 'TSUnionType'] }],
      'space-before-function-paren': ['error', 'always'],
      'comma-dangle': ['error', 'never'],
      'eol-last': 'error',
      'no-trailing-spaces': 'error'
    }
  },
  { files: ['src/**'], rules: noImports(FASTIFY, SDK, PROCESS, ROUTES, TESTS) },
  { files: ['src/json/**'], rules: noImports(...ENGINE, ['/iam/', 'json comes before it']) },
  { files: ['src/iam/**'], rules: noImports(...ENGINE) },
  {
    files: ['src/iam/match/**'],
    rules: noImports(...ENGINE, later('condition', 'document', 'decide', 'unknown-keys'))
  },
  { files: ['src/iam/condition/**'], rules: noImports(...ENGINE, later('document', 'decide', 'unknown-keys')) },
  { files: ['src/iam/document/**'], rules: noImports(...ENGINE, later('decide', 'unknown-keys')) },
  { files: ['src/personalize/**'], rules: noImports(...CORE, VERIFY, POLICIES, FINDINGS) },
  { files: ['src/findings/**'], rules: noImports(...CORE, VERIFY, POLICIES) },
  { files: ['src/policies/**'], rules: noImports(...CORE, VERIFY) },
  { files: ['src/explain/**'], rules: noImports(...CORE, VERIFY) },
  { files: ['src/discovery/**'], rules: noImports(...CORE) },
  { files: ['src/verify/**'], rules: noImports(...CORE) },
  { files: ['src/formats/**'], rules: noImports(...CORE, VERIFY) },
  { files: ['src/formats/policies/**'], rules: noImports(...CORE, VERIFY, GENERATION) },
  { files: ['src/verify/read/**'], rules: noImports(...CORE, later('check', 'find', 'remedy')) },
  { files: ['src/verify/check/**'], rules: noImports(...CORE, later('find', 'remedy')) },
  { files: ['src/verify/find/**'], rules: noImports(...CORE, later('remedy')) },
  { files: ['src/aws/**'], rules: noImports(FASTIFY, PROCESS, ROUTES, HTTP, PORT, COMPOSITION, TESTS) },
  { files: ['src/http/**'], rules: noImports(SDK, PROCESS, AWS, VERIFY, POLICIES, COMPOSITION, TESTS) },
  // Runs in a browser; of the shell it knows the checks of bodies and their faults.
  {
    files: ['src/page/**'],
    rules: noImports(FASTIFY, SDK, INPUT_OUTPUT, ROUTES, ['/http/(?!request/(faults|schema-errors))', 'the page is a client of src/http/'], AWS, COMPOSITION, CONFIG, TESTS)
  },
  // A component is its markup.
  { files: ['src/page/**/*.tsx'], rules: { 'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }] } },
  { files: ['src/page/build.js'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['src/app.ts'], rules: noImports(SDK, PROCESS, AWS, TESTS) },
  { files: ['src/server.ts'], rules: noImports(SDK, ROUTES, TESTS) },
  { files: ['src/service.ts'], rules: noImports(SDK, PROCESS, ROUTES, TESTS) },
  { files: ['src/mcp/**'], rules: noImports(FASTIFY, SDK, ROUTES, AWS, COMPOSITION, TESTS) },
  { files: ['src/cli/**'], rules: noImports(FASTIFY, SDK, ROUTES, ['/(app|service)\\.js$', 'the command starts the service as a whole'], TESTS) },
  { files: ['src/extract/**'], rules: noImports(...CORE, POLICIES, FINDINGS, ['^node:', 'the page uses it, too'], ['/formats/', 'formats come after it']) },
  { files: ['src/compute/**'], rules: noImports(FASTIFY, SDK, PROCESS, ROUTES, HTTP, AWS, COMPOSITION, TESTS) },
  { files: ['src/telemetry/traces.ts'], rules: noImports(SDK, PROCESS, ROUTES, TESTS) },
  {
    files: ['src/access/**'],
    rules: noImports(
      ['^fastify|^@fastify/(?!proxy-addr)', 'authorization does not depend on the framework'],
      SDK, PROCESS, ROUTES, HTTP, AWS, POLICIES, PORT, TESTS
    )
  },
  { files: ['routes/**'], rules: noImports(SDK, PROCESS, AWS, COMPOSITION, TESTS) },
  { files: ['schemas/**'], rules: noImports(FASTIFY, SDK, INPUT_OUTPUT, ['/src/', 'schemas are shapes and import no code'], ROUTES, TESTS) },
  // A route is a list of declarations and its documentation: its length says nothing.
  { files: ['routes/**', 'schemas/**', 'test/**', 'demo/**', 'bench/**', 'reliability/**', 'scripts/**'],
    rules: { 'max-lines-per-function': 'off' } },
  // tap keeps the promises of its tests, and a table of cases nests.
  { files: ['test/**'], rules: { '@typescript-eslint/no-floating-promises': 'off', 'max-depth': 'off', 'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }] } },
  { files: ['test/**', 'demo/**', 'bench/**', 'reliability/**', 'scripts/**', 'openapi/**', 'conformance/**'], rules: { 'no-restricted-properties': 'off', 'no-console': 'off', complexity: 'off', 'max-params': 'off' } },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked], languageOptions: { globals: { console: 'readonly' } } }
)
