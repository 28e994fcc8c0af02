import type { IdSyntax } from '../http/file-id';
import { parseResources } from '../http/resource-options';
import type { ProviderResolver } from '../resolution/resolution';
import { DEFAULT_RESUME, readResume } from '../transfer/resume-options';
import { describeKind, describeValue } from '../values/describe-value';
import { invalidOption, mistake } from '../values/mistakes';
import { checkObject, fail } from '../values/option-checks';
import { callOf } from '../values/own-functions';
import { isObject, isRecord, memberOf } from '../values/own-members';
import type { Settings } from './options';
import { parseAdapters } from './parse-adapters';
import { parseAgents, parseOrigins } from './parse-connections';
import { parseHeaders } from './parse-headers';
import { parseBuffer, parseLimits, parseRedirect, parseTimeouts, pathsInGroups } from './parse-limits';

const OPTION_NAMES = [
  'resolveProvider',
  'logger',
  'resources',
  'idSyntax',
  'timeouts',
  'limits',
  'buffer',
  'resume',
  'redirect',
  'headers',
  'allowedOrigins',
  'agents',
  'errors',
  'relay',
];

/** @throws TypeError for a member of a group that stands outside of it */
function requireGrouped(where: string, options: object): void {
  for (const name of Object.keys(options).filter((each) => !OPTION_NAMES.includes(each))) {
    const paths = pathsInGroups(name);
    if (paths.length === 0) continue;
    const meant = paths.map((path) => `\`${path}\``).join(' or ');
    throw mistake(where, `unknown option ${JSON.stringify(name)}. Did you mean ${meant}?`, 'unknown-option');
  }
}

/** Says what to write for what a resolver would return. */
function callbackFor(value: unknown): string {
  const kind = describeKind(value);
  if (kind === 'a provider') return '; write () => provider';
  if (kind === 'a Promise') return '; write () => promise';
  return isObject(value) && memberOf(value, 'provider') !== undefined ? '; write () => ({ provider })' : '';
}

/**
 * Reads the options once: every default is applied, and the caller's objects are neither kept nor changed.
 *
 * @param where the factory that was called, which begins the message
 * @throws TypeError that names the option, what was given and what to write
 */
export function parseOptions(options: object, where = 'createFileContent'): Settings {
  if (describeKind(options) === 'a provider') {
    throw invalidOption(where, 'options', 'an object', `a provider; write ${callOf(where)}`);
  }
  if (isRecord(options)) requireGrouped(where, options);
  const given = checkObject(where, 'options', options, OPTION_NAMES);
  const { resolveProvider, errors = 'respond', relay = true, idSyntax = 'strict' } = given;
  if (resolveProvider !== undefined && typeof resolveProvider !== 'function') {
    const problem = `${describeValue(resolveProvider)}${callbackFor(resolveProvider)}`;
    throw invalidOption(where, 'resolveProvider', 'a function that returns a provider', problem);
  }
  if (errors !== 'respond' && errors !== 'next') fail(where, 'errors', "'respond' or 'next'", errors);
  if (typeof relay !== 'boolean') fail(where, 'relay', 'true or false', relay);
  if (idSyntax !== 'strict' && idSyntax !== 'path') fail(where, 'idSyntax', "'strict' or 'path'", idSyntax);
  return Object.freeze({
    resolveProvider: resolveProvider as ProviderResolver | undefined,
    adapters: parseAdapters(where, given['logger']),
    routes: parseResources(where, given['resources']),
    idSyntax: idSyntax as IdSyntax,
    timeouts: parseTimeouts(where, given['timeouts']),
    ...parseLimits(where, given['limits']),
    buffer: parseBuffer(where, given['buffer']),
    resume: Object.freeze({ ...DEFAULT_RESUME, ...readResume(where, given['resume']) }),
    redirect: parseRedirect(where, given['redirect']),
    ...parseHeaders(where, given['headers']),
    allowedOrigins: parseOrigins(where, given['allowedOrigins']),
    agents: parseAgents(where, given['agents']),
    errors: errors as 'respond' | 'next',
    relay: relay as boolean,
  });
}
