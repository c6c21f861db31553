import t from 'tap'
import { decodePolicyText } from '../../../src/aws/iam.js'

// IAM: "The policy document is URL-encoded compliant with RFC 3986",
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html
const cases: Array<[string, string, string]> = [
  ['encoded', '%7B%22Statement%22%3A%5B%5D%7D', '{"Statement":[]}'],
  ['a plus stays a plus', '%7B%22Sid%22%3A%22a+b%22%7D', '{"Sid":"a+b"}'],
  ['encoded per cent signs are decoded once', '%7B%22Sid%22%3A%22%2541%22%7D', '{"Sid":"%41"}'],
  ['what was encoded twice is decoded twice', '%257B%2522Sid%2522%253A%2522%252541%2522%257D', '{"Sid":"%41"}'],
  ['plain text stays, with its per cent signs', '{"Sid":"%41"}', '{"Sid":"%41"}'],
  ['what cannot be decoded stays', '%7B%', '%7B%'],
  ['what is no JSON either way is decoded', '%7Bx', '{x']
]

for (const [name, sent, text] of cases)
  t.test(name, async (t) => {
    t.equal(decodePolicyText(sent), text)
  })
