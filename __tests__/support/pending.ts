/** Promises that do not settle while tests run, for callbacks that hang. */

const ends: (() => void)[] = [];

// Else the router would say a minute later, when the suite is over, that the callback has not settled.
afterAll(() => {
  for (const end of ends.splice(0)) end();
});

/** A promise that stays pending until the suite has ended. */
export function pending<T = never>(): Promise<T> {
  return new Promise((resolve) => {
    ends.push(() => resolve(undefined as T));
  });
}
