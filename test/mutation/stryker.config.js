/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: ['src/iam/**/*.ts'],
  testRunner: 'in-process',
  plugins: ['./test/mutation/runner.js', './test/mutation/messages.js'],
  // The text of a report of an unsupported construct is prose; that it is reported, and where, is tested.
  ignorers: ['messages'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 10_000,
  // A mutant that makes the tests slow without end is found by counting, long before that.
  timeoutFactor: 3,
  checkers: [],
  reporters: ['clear-text'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: false },
  tempDirName: 'reports/stryker',
  ignorePatterns: [
    '**',
    '!src/iam/**',
    '!schemas/**',
    '!conformance/**',
    '!test/src/iam/**',
    '!test/cases/**',
    '!reliability/worst-case-policies.ts',
    '!package.json',
    '!tsconfig.json'
  ],
  disableTypeChecks: false,
  allowEmpty: false
}
