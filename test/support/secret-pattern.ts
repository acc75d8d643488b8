/** What every test signs with; it must show up nowhere. */
export const SECRET_KEY = 'KEEP0UT/of+every+test/000000000000000000';

/** The tests' own secrets hold KEEP0UT; the others are what the simulator gives to the session of a role. */
const SECRET = /KEEP0UT|simulated\/[\w+/]{30}|IQoJb3JpZ2lu|ASIA[A-Z0-9]{16}/;

/** The start of a secret that stands in the text, if one does. */
export function secretIn(text: string): string | undefined {
  return SECRET.exec(text)?.[0].slice(0, 12);
}
