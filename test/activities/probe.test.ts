import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ProbeReading, type ProbeTarget, probe } from '../../src/activities/probe.js';
import type { WorkerSettings } from '../../src/activities/settings.js';
import { listen } from '../support/listen.js';

type Rules = NonNullable<WorkerSettings['probes']>;

const TARGET: ProbeTarget = { account: '111122223333', region: 'us-east-1', name: 'web-7', addresses: ['127.0.0.1'] };
const LOOPBACK: Rules = { allowPrivate: true };

function answering(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  onTestFinished(() => server.closeAllConnections());
  return listen(server);
}

function talking(onSocket: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  onTestFinished(() => open.forEach((socket) => void socket.destroy()));
  return listen(
    createTcpServer((socket) => {
      open.add(socket.on('error', () => undefined));
      onSocket(socket);
    }),
  );
}

const code = (status: number) => answering((_, response) => response.writeHead(status).end('x'.repeat(10_000)));
const redirecting = (to: (port: number) => string, status = 302) =>
  answering(({ socket }, response) => {
    response.writeHead(status, { location: to(socket.localPort ?? 0) }).end();
  });

function say({ verdict, reason, code: status }: ProbeReading): string {
  return [verdict, status, reason].filter((part) => part !== undefined && part !== '').join(' ');
}

/** What a probe of the instance's own address says. */
async function ask(
  port: number,
  expected: number | 'same' = 200,
  path = '/health?token=T0PSECRET',
  timeout = 60_000,
): Promise<string> {
  const url = `http://{publicIpAddress}:${port}${path}`;
  return say(await probe({ url, expect: expected }, TARGET, LOOPBACK, { timeout }));
}

describe('the answer', () => {
  it.each([
    [200, 200, 'pass 200'],
    [204, 200, 'fail 204 it answers 204 instead of 200'],
    [503, 200, 'fail 503 it answers 503 instead of 200'],
    [503, 503, 'pass 503'],
    [404, 'same', 'pass 404'],
    [503, 'same', 'pass 503'],
    [304, 304, 'pass 304'],
    [304, 200, 'fail 304 it answers 304 instead of 200'],
  ] as const)('%s where %s is expected: %s', async (status, expected, says) => {
    expect(await ask(await code(status), expected)).toBe(says);
  });

  it('of a port where nobody listens is a fail', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    expect(await ask(port)).toBe('fail it refuses connections');
  });

  it('that never comes is a fail, once it is connected', async () => {
    const port = await talking(() => undefined);
    expect(await ask(port, 200, '/', 2_000)).toBe('fail no answer within 2 s');
  });

  it('that is broken off is a fail', async () => {
    expect(await ask(await talking((socket) => socket.resetAndDestroy()))).toBe(
      'fail the connection broke off (ECONNRESET)',
    );
    expect(await ask(await talking((socket) => socket.end()))).toBe('fail the connection broke off (ECONNRESET)');
  });

  it('that is no HTTP is a fail', async () => {
    const port = await talking((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    expect(await ask(port)).toMatch(/^fail the connection broke off \(HPE_\w+\)$/);
  });

  it('that is no TLS, where TLS was asked for, is a fail', async () => {
    const url = `https://127.0.0.1:${await code(200)}/?token=T0PSECRET`;
    const reading = await probe({ url, expect: 200 }, TARGET, LOOPBACK);
    expect(say(reading)).toMatch(/^fail the connection broke off \([A-Z_]+\)$/);
  });

  it('is waited for no longer once the probe is cancelled', async () => {
    const cancel = new AbortController();
    const port = await talking(() => cancel.abort());
    const options = { signal: cancel.signal, timeout: 600_000 };
    await probe({ url: `http://127.0.0.1:${port}/`, expect: 200 }, TARGET, LOOPBACK, options);
    expect(cancel.signal.aborted).toBe(true);
  });
});

describe('a redirect', () => {
  const steps = (count: number) =>
    answering(({ url = '' }, response) => {
      const step = Number(url.slice(1)) || 0;
      if (step >= count) response.writeHead(200).end();
      else response.writeHead(302, { location: `/${step + 1}` }).end();
    });

  it.each([
    [1, 'pass 200'],
    [5, 'pass 200'],
    [6, 'fail it redirects more than 5 times'],
  ])('of %i steps: %s', async (count, says) => {
    expect(await ask(await steps(count), 200, '/')).toBe(says);
  });

  it('is not followed where it is itself what is expected', async () => {
    expect(await ask(await redirecting(() => 'https://www.example.com/'), 302)).toBe('pass 302');
  });

  it.each([
    ['http://10.0.0.1/?token=T0PSECRET', '10.0.0.1 is neither'],
    ['http://192.168.0.1/', '192.168.0.1 is neither'],
    ['http://169.254.169.254/latest/meta-data/', '169.254.169.254 is neither'],
    ['http://[::1]/', '::1 is neither'],
    ['http://[fd00:ec2::254]/', 'fd00:ec2::254 is neither'],
    ['http://[::ffff:10.0.0.1]/', '::ffff:a00:1 is neither'],
    ['http://2886729729/', '172.16.0.1 is neither'],
    ['http://www.example.com/', 'www.example.com is neither'],
    ['//www.example.com/', 'www.example.com is neither'],
  ])('to %s is refused', async (location, says) => {
    const reading = await ask(await redirecting(() => location));
    expect(reading).toContain(`inconclusive refused: ${says}`);
    expect(reading).not.toContain('T0PSECRET');
  });

  it.each(['ftp://127.0.0.1/', 'file:///etc/passwd', 'http://', 'http://[::1'])(
    'to %s leads nowhere',
    async (location) => {
      expect(await ask(await redirecting(() => location))).toBe('inconclusive it was led to an address that is none');
    },
  );

  it('to the metadata service is refused even where the worker lists it and allows private addresses', async () => {
    const port = await redirecting(() => 'http://169.254.169.254/');
    const rules = { allowPrivate: true, allowHosts: ['169.254.169.254'] };
    const reading = await probe({ url: `http://127.0.0.1:${port}/`, expect: 200 }, TARGET, rules);
    expect(say(reading)).toMatch(/^inconclusive refused: 169\.254\.169\.254 is a private, loopback, link-local/);
  });

  it('to an allowed host is followed', async () => {
    const port = await answering(({ headers, socket }, response) => {
      if (headers.host?.startsWith('localhost')) response.writeHead(204).end();
      else response.writeHead(301, { location: `http://localhost:${socket.localPort}/` }).end();
    });
    const reading = await probe({ url: `http://127.0.0.1:${port}/`, expect: 204 }, TARGET, {
      allowPrivate: true,
      allowHosts: ['LOCALHOST'],
    });
    expect(say(reading)).toBe('pass 204');
  });
});

describe('an address that is refused before anything is sent', () => {
  const OWN = (...addresses: string[]): ProbeTarget => ({ ...TARGET, addresses });
  const reserved = /^inconclusive refused: \S+ is a private, loopback, link-local or reserved address$/;
  const stranger = /^inconclusive refused: \S+ is neither its own address nor among the worker's probes\.allowHosts$/;

  it.each([
    ['127.0.0.1', ['127.0.0.1']],
    ['127.1.2.3', ['127.1.2.3']],
    ['0.0.0.0', ['0.0.0.0']],
    ['10.1.2.3', ['10.1.2.3']],
    ['172.31.0.1', ['172.31.0.1']],
    ['192.168.1.1', ['192.168.1.1']],
    ['169.254.169.254', ['169.254.169.254']],
    ['100.64.0.1', ['100.64.0.1']],
    ['224.0.0.1', ['224.0.0.1']],
    ['255.255.255.255', ['255.255.255.255']],
    ['[::1]', ['::1']],
    ['[::]', ['::']],
    ['[fe80::1]', ['fe80::1']],
    ['[fc00::1]', ['fc00::1']],
    ['[fd00:ec2::254]', ['fd00:ec2::254']],
    ['[::ffff:127.0.0.1]', ['::ffff:127.0.0.1']],
    ['[::ffff:169.254.169.254]', ['::ffff:169.254.169.254']],
    ['[::127.0.0.1]', ['::127.0.0.1']],
    ['[64:ff9b::10.0.0.1]', ['64:ff9b::10.0.0.1']],
    ['[2002:7f00:1::1]', ['2002:7f00:1::1']],
    ['2130706433', ['127.0.0.1']],
    ['0x7f000001', ['127.0.0.1']],
    ['0177.0.0.1', ['127.0.0.1']],
    ['127.1', ['127.0.0.1']],
    ['localhost', ['localhost']],
  ])('%s, though the worker lists it', async (host, allowHosts) => {
    const url = `http://${host}:9/?token=T0PSECRET`;
    expect(say(await probe({ url, expect: 200 }, OWN(), { allowHosts }))).toMatch(reserved);
    // Nor as the instance's own, for an API that says so may lie.
    if (host !== 'localhost') expect(say(await probe({ url, expect: 200 }, OWN(...allowHosts)))).toMatch(reserved);
  });

  it.each([
    '169.254.169.254',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[::ffff:169.254.169.254]',
    '[::169.254.169.254]',
    '[64:ff9b::169.254.169.254]',
    '[2002:a9fe:a9fe::1]',
    '2852039166',
    '0.0.0.0',
    '224.0.0.1',
  ])('%s, even with allowPrivate', async (host) => {
    const allowHosts = [new URL(`http://${host}`).hostname.replace(/[[\]]/g, '')];
    const rules = { allowHosts, allowPrivate: true };
    expect(say(await probe({ url: `http://${host}:9/`, expect: 200 }, OWN(), rules))).toMatch(reserved);
  });

  it.each([
    'http://example.com/',
    'http://203.0.113.7/',
    'http://2130706433/',
    'http://{name}.internal/',
    'http://{publicIpAddress}.nip.io/',
    'http://198.51.100.1.example.com/',
  ])('%s, which is neither its own nor listed', async (url) => {
    expect(say(await probe({ url, expect: 200 }, OWN('198.51.100.1'), LOOPBACK))).toMatch(stranger);
  });

  it('that it does not have is inconclusive', async () => {
    const reading = await probe({ url: 'http://{publicIpAddress}/', expect: 200 }, OWN());
    expect(say(reading)).toBe('inconclusive it has no public address');
  });
});

describe("the instance's own address", () => {
  it('and what else is known of it are filled in', async () => {
    const asked: (string | undefined)[] = [];
    const port = await answering((request, response) => {
      asked.push(request.url);
      response.writeHead(200).end();
    });
    const url = `http://{publicIpAddress}:${port}/{account}/{region}/{name}?of={name}`;
    expect(say(await probe({ url, expect: 200 }, TARGET, LOOPBACK))).toBe('pass 200');
    expect(asked).toEqual(['/111122223333/us-east-1/web-7?of=web-7']);
  });

  it.each([
    [['2001:DB8:0:0::1'], 'http://{publicIpAddress}/'],
    [['198.51.100.1', '2001:0db8::0001'], 'http://[2001:db8::1]/'],
  ])('may be written in any form: %j', async (addresses, url) => {
    // A documentation address is reserved, so that it is refused for what it is, and not as a stranger.
    const reading = await probe({ url, expect: 200 }, { ...TARGET, addresses });
    expect(say(reading)).toMatch(/^inconclusive refused: 2001:db8::1 is a private/);
  });
});
