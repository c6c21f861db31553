import { accessKeyOf, exceptionReply, xml, xmlReply, type FakeCall, type Reply } from './wire.js'
import type { FakeWorld } from './world.js'

export function stsReply (world: FakeWorld, call: FakeCall): Reply | undefined {
  const accountId = call.accountId ?? world.accountId
  switch (call.operation) {
    case 'GetCallerIdentity':
      return xmlReply(
        call.operation,
        xml({ Arn: `arn:aws:iam::${accountId}:user/reader`, UserId: 'AIDAEXAMPLE', Account: accountId }),
        'sts'
      )
    case 'AssumeRole':
      return assumeRole(world, call)
    default:
      return exceptionReply(call, 400, 'InvalidAction')
  }
}

/** STS does not report whether the role is missing, does not trust the caller or wants another external id. */
function assumeRole (world: FakeWorld, call: FakeCall): Reply {
  const { RoleArn, RoleSessionName, ExternalId } = call.input
  const role = world.assumable[String(RoleArn)]
  if (role === undefined || role.externalId !== ExternalId) return exceptionReply(call, 403, 'AccessDenied')
  const account = String(RoleArn).split(':')[4] ?? ''
  const credentials = xml({
    AccessKeyId: accessKeyOf(account),
    SecretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    SessionToken: 'token',
    Expiration: new Date(Date.now() + 1_000 * (role.lastsSeconds ?? 900)).toISOString()
  })
  return xmlReply(
    call.operation,
    `<Credentials>${credentials}</Credentials><AssumedRoleUser>${xml({ Arn: `arn:aws:sts::${account}:assumed-role/x/${String(RoleSessionName)}`, AssumedRoleId: 'AROAEXAMPLE:x' })}</AssumedRoleUser>`,
    'sts'
  )
}
