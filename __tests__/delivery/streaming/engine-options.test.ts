import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import { NOT_USED } from '../../../lib/delivery/streaming/engine-options';
import { ownMembers, withoutInherited } from '../../../lib/values/own-members';

setFlagsFromString('--allow-natives-syntax');
const isFastToCopy: (object: object) => boolean = runInThisContext('(object) => %HasFastProperties(object)');

describe('The options of the engine', () => {
  const given = { router: () => undefined, pathFilter: () => true, selfHandleResponse: true, plugins: [], on: {} };

  it('inherit nothing', () => {
    const options = withoutInherited(Object.assign({ ...NOT_USED }, given));
    expect('toString' in options).toBe(false);
    expect({ ...options }).toStrictEqual({ ...NOT_USED, ...given });
  });

  it('keep a layout that is fast to copy for each request', () => {
    expect(isFastToCopy(withoutInherited(Object.assign({ ...NOT_USED }, given)))).toBe(true);
    // The reason for the function: what is copied member after member is a hash table.
    expect(isFastToCopy(ownMembers({ ...NOT_USED, ...given }))).toBe(false);
  });
});
