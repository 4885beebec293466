/**
 * The guards that must be proven: each row names an exported symbol, and all that stands in its file is mutated.
 *
 * By symbol and room and not by path, so that a file may move inside its room; a row that is found nowhere, or twice, fails, and a file has one row.
 */
export interface Guard {
  /** Folder below `src/`. */
  readonly room: string;
  readonly symbol: string;
  /** Declarations of that file whose object literals lose one field at a time: what is hashed, signed, or set as options. */
  readonly fields?: readonly string[];
  /** Folders of other rooms whose tests are near enough to prove this guard, slow ones included. */
  readonly tests?: readonly string[];
}

export const GUARDS: readonly Guard[] = [
  { room: 'access', symbol: 'decide' },
  { room: 'access', symbol: 'readFact' },
  { room: 'access', symbol: 'inGrace' },
  { room: 'access', symbol: 'PASSCODE_JUDGES' },
  { room: 'access', symbol: 'metOf' },
  { room: 'access', symbol: 'gatherPosture' },
  { room: 'access', symbol: 'authorize', fields: ['authorize'] },

  { room: 'files', symbol: 'authenticate' },
  { room: 'devices', symbol: 'checkProof', tests: ['files'] },
  { room: 'files', symbol: 'readToken', fields: ['issueToken'] },
  { room: 'devices', symbol: 'readSigned', tests: ['files'] },
  { room: 'files', symbol: 'parseRewrapRequest' },
  { room: 'files', symbol: 'refusalsOfFile' },
  { room: 'files', symbol: 'refusalsOfLabels' },
  { room: 'files', symbol: 'provenShare' },
  { room: 'files', symbol: 'recordRelease' },
  { room: 'files', symbol: 'rewrap' },
  { room: 'files', symbol: 'changeRecipients' },
  { room: 'files', symbol: 'addGroups' },
  { room: 'files', symbol: 'reaches' },
  { room: 'files', symbol: 'mayManage' },
  { room: 'files', symbol: 'visibleFile' },
  { room: 'files', symbol: 'accessRequest' },
  { room: 'files', symbol: 'handoverRequest' },
  { room: 'files', symbol: 'acceptUpload' },
  { room: 'files', symbol: 'discardContent' },
  { room: 'files', symbol: 'renewView' },
  { room: 'files', symbol: 'viewRoutes' },
  { room: 'files', symbol: 'fileRoutes' },
  { room: 'files', symbol: 'contentRoutes' },
  { room: 'files', symbol: 'kasRoutes' },
  { room: 'files', symbol: 'replyOf' },
  { room: 'files', symbol: 'exportKasKeys' },

  { room: 'audit', symbol: 'chainHash', fields: ['chainHash', 'headText'] },
  { room: 'audit', symbol: 'verifyChain' },
  { room: 'audit', symbol: 'startSealer' },
  { room: 'audit', symbol: 'chainState' },

  { room: 'people', symbol: 'openSession' },
  { room: 'people', symbol: 'setCookie', fields: ['setCookie'] },
  { room: 'people', symbol: 'authenticate' },
  { room: 'people', symbol: 'requireProof' },
  { room: 'people', symbol: 'verifyPasskeyAssertion', fields: ['registrationOptions', 'discoverableRequestOptions'] },
  { room: 'people', symbol: 'hashSecret' },
  { room: 'people', symbol: 'createToken' },
  { room: 'people', symbol: 'beginJoin' },
  { room: 'people', symbol: 'beginCeremony' },
  { room: 'people', symbol: 'mayGrant' },
  { room: 'people', symbol: 'standingOf' },
  { room: 'people', symbol: 'makeRequest' },
  { room: 'people', symbol: 'recoveryRequest' },
  { room: 'people', symbol: 'setTwoPeople' },
  { room: 'people', symbol: 'personLink' },
  { room: 'people', symbol: 'changePerson' },
  { room: 'people', symbol: 'addMember' },
  { room: 'people', symbol: 'finishSetup' },
  { room: 'people', symbol: 'finishSignIn' },
  { room: 'people', symbol: 'finishOidc' },
  { room: 'people', symbol: 'discoverProvider' },
  { room: 'people', symbol: 'boundedFetch' },
  { room: 'people', symbol: 'keepPlace' },
  { room: 'people', symbol: 'seeNotice' },

  { room: 'server', symbol: 'limitBytesInFlight' },

  { room: 'devices/apple', symbol: 'announce' },
  { room: 'devices/apple', symbol: 'refuseReplay' },
  { room: 'devices/apple', symbol: 'checkIn' },
  { room: 'devices/apple', symbol: 'senderOf' },
  { room: 'devices/apple', symbol: 'openPins' },
  { room: 'devices/apple', symbol: 'appleRoutes' },
  { room: 'devices/apple', symbol: 'answerPkiOperation' },
  { room: 'devices/apple', symbol: 'takeResult' },
  { room: 'devices/apple', symbol: 'keepBootstrapToken' },
  { room: 'devices/apple', symbol: 'renewalIsDue' },
  { room: 'devices', symbol: 'openRefusals' },
  { room: 'devices', symbol: 'enrolmentLimits' },
  { room: 'devices/android', symbol: 'pollAndroid' },

  { room: 'formats/tdf', symbol: 'parseManifest' },
  { room: 'formats/tdf', symbol: 'checkBinding' },
  { room: 'formats/tdf', symbol: 'openTdf' },
  { room: 'formats/tdf', symbol: 'readContainer' },
  { room: 'formats/tdf', symbol: 'parsePolicy' },
  { room: 'formats/tdf', symbol: 'recordOf' },
  { room: 'formats/tdf', symbol: 'unwrapShare' },
  { room: 'formats/tdf', symbol: 'unwrapRewrapped' },
  { room: 'formats/tdf', symbol: 'openFile' },

  { room: 'formats/cms', symbol: 'parseSigned' },
  { room: 'formats/cms', symbol: 'parseEnveloped' },
  { room: 'formats/cms', symbol: 'contentIsSigned' },
  { room: 'formats/scep', symbol: 'parsePkiMessage', tests: ['devices/apple'] },
  { room: 'formats/scep', symbol: 'openPkcsReq', tests: ['devices/apple'] },
  { room: 'formats/x509', symbol: 'isIssuedBy', tests: ['devices/apple'] },

  { room: 'detection', symbol: 'judge' },
  { room: 'detection', symbol: 'collectClues' },
  { room: 'detection', symbol: 'weighWeakMatches' },
  { room: 'detection', symbol: 'judgeThreatNotifications' },
  { room: 'detection', symbol: 'judgeHiddenProcesses' },
  { room: 'detection', symbol: 'reportOf' },
  { room: 'detection', symbol: 'chooseFindings' },
];
