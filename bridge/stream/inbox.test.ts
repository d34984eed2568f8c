import { describe, expect, it } from 'vitest';
import { Inbox } from './inbox.js';

class Socket {
  isPaused = false;
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
}

const BIG = 'x'.repeat(600_000);

describe('the inbox', () => {
  it('hands messages out in order, waiting for the next', async () => {
    const inbox = new Inbox(new Socket());
    inbox.put('a');
    inbox.put('b');
    expect([await inbox.take(), await inbox.take()]).toEqual(['a', 'b']);
    const next = inbox.take();
    inbox.put('c');
    expect(await next).toBe('c');
  });

  it('pauses the socket when full and resumes it when nearly empty', async () => {
    const socket = new Socket();
    const inbox = new Inbox(socket);
    inbox.put(BIG);
    expect(socket.isPaused).toBe(false);
    inbox.put(BIG);
    expect(socket.isPaused).toBe(true);
    await inbox.take();
    expect(socket.isPaused).toBe(true);
    await inbox.take();
    expect(socket.isPaused).toBe(false);
  });

  it('hands out what has come before it tells the failure', async () => {
    const inbox = new Inbox(new Socket());
    inbox.put('a');
    inbox.fail(new Error('gone'));
    expect(await inbox.take()).toBe('a');
    await expect(inbox.take()).rejects.toThrow('gone');
    await expect(inbox.take()).rejects.toThrow('gone');
  });

  it('tells the failure to who waits', async () => {
    const inbox = new Inbox(new Socket());
    const next = inbox.take();
    inbox.fail(new Error('gone'));
    await expect(next).rejects.toThrow('gone');
  });
});
