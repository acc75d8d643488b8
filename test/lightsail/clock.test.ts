import { expect, it, onTestFinished, vi } from 'vitest';
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

it.each([10, -10])(
  'a clock that is set by %d minutes after a reply signs the next request with the right time',
  async (minutes) => {
    const signedAt: number[] = [];
    const answer = json(200, { instances: [] });
    await using loopback = await startLoopback((response, request) => {
      const [, day, time] = /^(\d{8})T(\d{6})Z$/.exec(String(request.headers['x-amz-date'])) ?? [];
      const [date, clock] = [day?.replace(/(....)(..)(..)/, '$1-$2-$3'), time?.replace(/(..)(..)(..)/, '$1:$2:$3')];
      signedAt.push(Date.parse(`${date}T${clock}Z`));
      answer(response, request);
    });
    const lightsail = loopback.connect().lightsail({ region: 'us-east-1' });
    await lightsail.getInstances({});
    const real = Date.now;
    const wall = vi.spyOn(Date, 'now').mockImplementation(() => real() + minutes * 60_000);
    onTestFinished(() => wall.mockRestore());
    await lightsail.getInstances({});
    await lightsail.getInstances({});
    expect(signedAt).toHaveLength(3);
    for (const at of signedAt) expect(Math.abs(at - real())).toBeLessThan(30_000);
  },
);
