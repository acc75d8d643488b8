import tty from 'node:tty';
import { expect, it, onTestFinished, vi } from 'vitest';
import { listenForInterrupts } from '../../src/cli/signals.js';

/** @param terminals - streams that are one */
function listen(...terminals: readonly number[]) {
  const isatty = vi.spyOn(tty, 'isatty').mockImplementation((stream) => terminals.includes(stream));
  const before = process.listenerCount('SIGHUP');
  const interruption = listenForInterrupts();
  onTestFinished(() => {
    interruption.dispose();
    isatty.mockRestore();
    expect(process.listenerCount('SIGHUP')).toBe(before);
  });
  // Without a listener Node would end at once, and leave its server behind.
  expect(process.listenerCount('SIGHUP')).toBe(before + 1);
  return interruption;
}

it.each([0, 1, 2])('a terminal that is closed interrupts, whichever stream it was', (stream) => {
  const interruption = listen(stream);
  process.emit('SIGHUP');
  expect(interruption).toMatchObject({ received: 'SIGHUP', signal: { aborted: true } });
});

it('under nohup, where no stream is a terminal, SIGHUP is ignored and SIGTERM is not', () => {
  const interruption = listen();
  process.emit('SIGHUP');
  process.emit('SIGHUP');
  expect(interruption.received).toBeUndefined();
  process.emit('SIGTERM');
  expect(interruption.received).toBe('SIGTERM');
});
