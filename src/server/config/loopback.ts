/** Whether only this machine can reach a door. */

/** `host` as in the configuration: what the server listens on. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
