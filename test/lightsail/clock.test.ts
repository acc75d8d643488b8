import { expect, it } from 'vitest';
import { json, type Reply, startLoopback } from './loopback.js';

/** What a client knows of its clock after one reply with this date. */
async function skewAfter(date: string): Promise<number | undefined> {
  const answer = json(200, { instances: [] });
  const reply: Reply = (response, request) => {
    response.sendDate = false;
    if (date !== '') response.setHeader('date', date);
    answer(response, request);
  };
  await using loopback = await startLoopback(reply);
  const { lightsail, clockSkew } = loopback.connect();
  expect(clockSkew()).toBeUndefined();
  await lightsail({ region: 'us-east-1' }).getInstances({});
  return clockSkew();
}

it('how far the clock is off is read from the date of a reply', async () => {
  const behind = await skewAfter(new Date(Date.now() + 600_000).toUTCString());
  expect(behind).toBeGreaterThan(-603_000);
  expect(behind).toBeLessThan(-590_000);
});

it.each(['', 'some day'])('a date that is none (%j) says nothing', async (date) => {
  expect(await skewAfter(date)).toBeUndefined();
});
